using System.Collections;
using System.Reflection;
using System.Text.Json;

namespace GpuVae.Runs;

/// <summary>A property of <see cref="RunConfiguration"/> with all that follows from its declaration.</summary>
public sealed class Setting
{
    private const BindingFlags Hidden = BindingFlags.Static | BindingFlags.NonPublic;

    /// <summary>Columns that a line of help has at least.</summary>
    private const int NarrowestHelp = 80;

    private readonly PropertyInfo _property;
    private readonly SettingAttribute _declared;
    private readonly SettingFormat _format;
    private readonly SettingLimits _limits;
    private readonly object? _default;
    private readonly Action<string>? _check;
    private Setting? _flag;
    private Setting? _number;

    /// <summary>Reads a declaration.</summary>
    /// <param name="property">A property of a configuration.</param>
    /// <param name="declared">What is declared of it.</param>
    /// <param name="defaults">Holds its default.</param>
    internal Setting(PropertyInfo property, SettingAttribute declared, RunConfiguration defaults)
    {
        _property = property;
        _declared = declared;
        _format = SettingFormat.Of(property.PropertyType);
        _limits = new SettingLimits(declared, SettingFormat.IsWhole(property.PropertyType));
        // What is computed from the others has no default, and none is asked for.
        _default = property.CanWrite ? property.GetValue(defaults) : null;
        Key = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
        Option = $"--{JsonNamingPolicy.KebabCaseLower.ConvertName(declared.WordOf ?? property.Name)}";
        Choices = declared.Choices is null
            ? null
            : (RegistryTable)typeof(Registry).GetProperty(declared.Choices)!.GetValue(null)!;
        _check = declared.Check is null
            ? null
            : typeof(RunConfiguration).GetMethod(declared.Check, Hidden)!.CreateDelegate<Action<string>>();
    }

    /// <summary>The property's name.</summary>
    public string Name => _property.Name;

    /// <summary>Its name in <c>config.json</c>, such as <c>learning_rate</c>.</summary>
    public string Key { get; }

    /// <summary>The option that sets it, such as <c>--learning-rate</c>.</summary>
    public string Option { get; }

    /// <summary>Whether an option of its own sets it.</summary>
    public bool IsOption => _declared.Help.Length > 0;

    /// <summary>Whether it follows from others: it is recorded and never read.</summary>
    public bool IsComputed => !_property.CanWrite;

    /// <summary>The heading of help that it stands under: one of <see cref="SettingGroup"/>.</summary>
    public string Group => _declared.Group;

    /// <summary>Whether a run may go on with another value of it.</summary>
    public bool MayChange => _declared.MayChange;

    /// <summary>What it may be, where that is one of some names.</summary>
    public RegistryTable? Choices { get; }

    /// <summary>Names that may be typed; there may be other values as well.</summary>
    public IReadOnlyList<string> Names => Choices?.Names ?? Suggestions ?? (_flag is null ? [] : [_flag._declared.Word]);

    /// <summary>What stands for its value in help.</summary>
    public string Placeholder =>
        _declared.Placeholder
        ?? (Choices is not null ? ChoicesOnOneLine ?? "NAME"
        : _flag is not null ? $"{_format.Placeholder}|{_flag._declared.Word}"
        : _format.Placeholder);

    /// <summary>What a person reads about it: what it is, the names to choose from, its default.</summary>
    public string Help
    {
        get
        {
            string names = (Choices?.Explanations ?? Texts(_declared.Explains)) is { } explained ? string.Join("; ", explained)
                : Suggestions is not null ? string.Join(", ", Suggestions)
                : "";
            string intro = names.Length > 0 ? $"{_declared.Help}: {names}." : _declared.Help;
            string more = _declared.More.Length > 0 ? $" {_declared.More}" : "";
            string others = OtherValues is null ? "" : $" Or {string.Join("; ", OtherValues)}.";
            return $"{intro}{more}{others} Default: {DefaultText}.";
        }
    }

    /// <summary>Settings that go back to their defaults where this one is typed, as a preset may have chosen them.</summary>
    public IEnumerable<Setting> Replaced => _declared.Replaces.Select(Settings.Of);

    /// <summary>Its place in <c>config.json</c>.</summary>
    internal int JsonOrder => _declared.JsonOrder;

    /// <summary>The type of its values in JSON.</summary>
    public Type Type => _property.PropertyType;

    /// <summary>The property whose option sets this one by a word, and whose text says it; null for another setting.</summary>
    internal string? WordOf => _declared.WordOf;

    private IReadOnlyList<string>? Suggestions => Texts(_declared.Suggestions);

    private IReadOnlyList<string>? OtherValues => Texts(_declared.OtherValues);

    /// <summary>The names behind the option, or null where a line of help has no room for them.</summary>
    private string? ChoicesOnOneLine
    {
        get
        {
            string names = string.Join('|', Choices!.Names);
            return $"  {Option} {names}".Length <= NarrowestHelp ? names : null;
        }
    }

    private string DefaultText =>
        SettingFormat.Format(_declared.Default ?? _default) is { Length: > 0 } text ? text : "none";

    /// <summary>Whether <c>config.json</c> of that configuration holds it.</summary>
    internal bool IsWritten(RunConfiguration configuration) => !_declared.OmitDefault
        || !StructuralComparisons.StructuralEqualityComparer.Equals(Read(configuration), _default);

    /// <summary>Its value.</summary>
    public object? Read(RunConfiguration configuration) => _property.GetValue(configuration);

    /// <summary>The configuration with another value of it.</summary>
    /// <param name="configuration">Stays as it is.</param>
    /// <param name="value">Of the property's type.</param>
    public RunConfiguration With(RunConfiguration configuration, object? value)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        RunConfiguration changed = configuration with { };
        Set(changed, value);
        return changed;
    }

    /// <summary>The configuration with what a person typed.</summary>
    /// <param name="configuration">Stays as it is.</param>
    /// <param name="text">The option's value.</param>
    /// <exception cref="UserException">The text is no value; the message names the option and the text.</exception>
    public RunConfiguration WithText(RunConfiguration configuration, string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (_flag is not null && text == _flag._declared.Word)
            return _flag.With(configuration, true);
        object value = _format.Parse(text) ?? throw new UserException(
            $"{Option} {text}: {_format.Refuse(text)}{(_flag is null ? "" : $", nor {_flag._declared.Word}")}");
        RunConfiguration changed = With(configuration, value);
        _flag?.Set(changed, false);
        foreach (string replaced in _declared.Replaces)
            Settings.Of(replaced).Reset(changed);
        return changed;
    }

    /// <summary>Its value as a person types it with its option; <c>nothing</c> where there is none.</summary>
    public string Text(RunConfiguration configuration)
    {
        if (_number is not null)
            return (bool)Read(configuration)! ? _declared.Word : _number.Text(configuration);
        return SettingFormat.Format(Read(configuration)) is { Length: > 0 } text ? QuotedText.Excerpt(text) : "nothing";
    }

    /// <summary>Writes it with its key, as <c>config.json</c> has it.</summary>
    /// <param name="json">Inside an object.</param>
    /// <param name="configuration">Holds its value.</param>
    public void WriteJson(Utf8JsonWriter json, RunConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(json);
        RunConfigurationJson.Write(json, this, configuration);
    }

    /// <summary>Whether it is the same in two configurations.</summary>
    public bool IsEqual(RunConfiguration one, RunConfiguration other) =>
        StructuralComparisons.StructuralEqualityComparer.Equals(Read(one), Read(other));

    /// <summary>Refuses a value that it may not have, whatever the others are.</summary>
    /// <exception cref="UserException">One line that names the option and what it may be.</exception>
    public void Validate(RunConfiguration configuration)
    {
        if (IsComputed)
            return;
        if (Read(configuration) is not object value)
        {
            if (TakesNull)
                return;
            throw Refuse("null", "it needs a value");
        }
        if (Choices is not null)
            Choices.Require((string)value);
        _check?.Invoke((string)value);
        if (IsOption && value is string[] names && names.Any(string.IsNullOrEmpty))
            throw Refuse(SettingFormat.Format(names), "names stand between commas, as in 0,1, and one is missing");
        foreach (double number in SettingFormat.Numbers(value))
        {
            if (!_limits.Allow(number))
                throw Refuse(SettingFormat.Format(number), RightNumbers());
        }
    }

    /// <summary>The configuration with a value that a file gives, and with what that puts aside back at its default.</summary>
    internal RunConfiguration WithGiven(RunConfiguration configuration, object? value)
    {
        RunConfiguration changed = With(configuration, value);
        foreach (string replaced in _declared.Replaces)
            Settings.Of(replaced).Reset(changed);
        return changed;
    }

    /// <summary>Makes this the setting of which <paramref name="flag"/> says that a word stands in its place.</summary>
    internal void TakeWord(Setting flag) => (_flag, flag._number) = (flag, this);

    /// <summary>Writes a value into a configuration that nobody else has yet.</summary>
    internal void Set(RunConfiguration configuration, object? value) => _property.SetValue(configuration, value);

    private void Reset(RunConfiguration configuration) => Set(configuration, _default);

    /// <summary>Whether JSON may say null: where null is the default.</summary>
    internal bool TakesNull => _default is null;

    private static IReadOnlyList<string>? Texts(string? member) => member is null
        ? null
        : (IReadOnlyList<string>)typeof(RunConfiguration).GetProperty(member, Hidden)!.GetValue(null)!;

    private string RightNumbers()
    {
        double[] examples = [.. SettingFormat.Numbers(_declared.Default ?? _default).Where(_limits.Allow).Take(1)];
        string? example = _flag is null && examples is [double number] ? SettingFormat.Format(number) : null;
        return _limits.Describe(example) + (_flag is null ? "" : $", or {_flag._declared.Word}");
    }

    private UserException Refuse(string value, string reason) =>
        new($"{(IsOption ? Option : Key)} {QuotedText.Excerpt(value)}: {reason}");
}
