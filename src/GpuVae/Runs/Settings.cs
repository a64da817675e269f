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
    private static readonly Setting[] _inJson = [.. _all.OrderBy(setting => setting.JsonOrder)];
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

    /// <summary>Refuses values that a setting may not have, one by one and then together.</summary>
    /// <exception cref="UserException">One line that names the option and what it may be.</exception>
    internal static void Validate(RunConfiguration configuration)
    {
        foreach (Setting setting in _all)
            setting.Validate(configuration);
        SettingRules.Validate(configuration);
    }

    private static Setting[] ReadDeclarations()
    {
        var defaults = new RunConfiguration();
        Setting[] settings =
        [
            .. from property in typeof(RunConfiguration).GetProperties()
               let declared = property.GetCustomAttribute<SettingAttribute>()
               where declared is not null
               orderby property.MetadataToken
               select new Setting(property, declared, defaults),
        ];
        foreach (Setting flag in settings.Where(setting => setting.WordOf is not null))
            settings.Single(setting => setting.Name == flag.WordOf).TakeWord(flag);
        return settings;
    }
}
