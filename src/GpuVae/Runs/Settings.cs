using System.Reflection;

namespace GpuVae.Runs;

/// <summary>
/// The settings of a run, as the properties of <see cref="RunConfiguration"/> declare them. The options of <c>train</c> with
/// their help and completion, <c>config.json</c>, the check of values and the comparison on <c>--resume</c> follow from this
/// table.
/// </summary>
public static class Settings
{
    private static readonly Setting[] _all = ReadDeclarations();
    private static readonly Setting[] _inJson = SortForJson(_all);
    private static readonly Dictionary<string, Setting> _byKey = _all.ToDictionary(setting => setting.Key);

    /// <summary>All of them, as they are declared, which is the order of help.</summary>
    public static IReadOnlyList<Setting> All => _all;

    /// <summary>The same in the order of <c>config.json</c>.</summary>
    public static IReadOnlyList<Setting> InJson => _inJson;

    /// <summary>The headings of help, each with the settings that have an option.</summary>
    public static IEnumerable<IGrouping<string, Setting>> Groups =>
        _all.Where(setting => setting.IsOption).GroupBy(setting => setting.Group);

    /// <summary>The setting of that name in <c>config.json</c>, or null.</summary>
    public static Setting? Find(string key) => _byKey.GetValueOrDefault(key);

    /// <summary>The settings in which configurations differ, in the order of help; one that a word of another's option sets is told by that.</summary>
    /// <param name="configurations">At least one.</param>
    public static IReadOnlyList<Setting> Differing(IReadOnlyList<RunConfiguration> configurations)
    {
        ArgumentNullException.ThrowIfNull(configurations);
        return
        [
            .. _all.Where(setting => setting.WordOf is null && configurations.Any(other =>
                setting.Text(other) != setting.Text(configurations[0]) || !setting.IsEqual(other, configurations[0]))),
        ];
    }

    /// <summary>The setting of that property.</summary>
    internal static Setting Of(string name) => Array.Find(_all, setting => setting.Name == name)
        ?? throw new ArgumentException($"There is no setting {name}.", nameof(name));

    /// <summary>Refuses values that a setting may not have, one by one and then together.</summary>
    /// <exception cref="UserException">One line that names the option and what it may be.</exception>
    internal static void Validate(RunConfiguration configuration)
    {
        foreach (Setting setting in _all)
            setting.Validate(configuration);
        SettingRules.Validate(configuration);
    }

    private static Setting[] SortForJson(Setting[] declared)
    {
        Setting[] sorted = [.. declared];
        Array.Sort(sorted, (one, other) => one.JsonOrder != other.JsonOrder
            ? one.JsonOrder.CompareTo(other.JsonOrder)
            : Array.IndexOf(declared, one).CompareTo(Array.IndexOf(declared, other)));
        return sorted;
    }

    private static Setting[] ReadDeclarations()
    {
        // With loops and few generic types: this runs whenever the program starts.
        PropertyInfo[] properties = typeof(RunConfiguration).GetProperties();
        Array.Sort(properties, (one, other) => one.MetadataToken.CompareTo(other.MetadataToken));
        var defaults = new RunConfiguration();
        var settings = new List<Setting>(properties.Length);
        foreach (PropertyInfo property in properties)
        {
            if (property.GetCustomAttribute<SettingAttribute>() is SettingAttribute declared)
                settings.Add(new Setting(property, declared, defaults));
        }
        // A group stands in one file, and nothing says which file is compiled first. Those without a group come before all.
        Setting[] declaredOrder = [.. settings];
        settings.Sort((one, other) => one.Group == other.Group
            ? Array.IndexOf(declaredOrder, one).CompareTo(Array.IndexOf(declaredOrder, other))
            : SettingGroup.PlaceOf(one.Group).CompareTo(SettingGroup.PlaceOf(other.Group)));
        foreach (Setting flag in settings)
        {
            if (flag.WordOf is not null)
                settings.Find(setting => setting.Name == flag.WordOf)!.TakeWord(flag);
        }
        return [.. settings];
    }
}
