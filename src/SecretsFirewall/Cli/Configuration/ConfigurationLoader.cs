namespace SecretsFirewall.Cli.Configuration;

/// <summary>The options, or everything that is wrong with them.</summary>
internal sealed record LoadedConfiguration(FirewallOptions? Options, IReadOnlyList<ConfigurationError> Errors);

/// <summary>
/// Flags win over variables, variables over <c>config.json</c>, which wins over the defaults. A bad value is an error even where a
/// stronger source overrides it: it would come to light at the worst time, when the override goes.
/// </summary>
/// <param name="flags">Setting → text, as the options of <c>sfw run</c> say.</param>
internal sealed class ConfigurationLoader(FirewallHome home, IReadOnlyDictionary<string, string> environment, IReadOnlyDictionary<string, string> flags)
{
    public const string VariablePrefix = "SFW_";

    private const string LevelSeparator = "__";

    public static IReadOnlyDictionary<string, string> NoFlags { get; } = new Dictionary<string, string>();

    /// <summary>When the file that was read last was written; the earliest of times if there was none.</summary>
    public DateTime FileWrittenAt { get; private set; }

    /// <summary>Whether the file is another than the one that was read last.</summary>
    public bool FileChanged => File.GetLastWriteTimeUtc(home.ConfigFile) != FileWrittenAt;

    /// <summary>Reads all sources anew.</summary>
    public LoadedConfiguration Load()
    {
        FileWrittenAt = File.GetLastWriteTimeUtc(home.ConfigFile);
        var values = new List<ConfiguredValue>();
        var errors = new List<ConfigurationError>();
        ReadFile(values, errors);
        ReadVariables(values, errors);
        values.AddRange(flags.Select(f => new ConfiguredValue(f.Key, "command line", 0, ValueKind.Plain, Environment.CurrentDirectory) { Text = f.Value }));

        var options = new FirewallOptions();
        foreach (var value in values)
        {
            var setting = SettingsTable.Find(value.Key)!;
            var changed = setting.Apply(options, value);
            if (changed is null)
            {
                errors.Add(new ConfigurationError(value.Source, value.Line, value.Key, $"must be {setting.Expected}."));
            }

            options = changed ?? options;
        }

        CheckTogether(options, values, errors);
        return new LoadedConfiguration(errors.Count == 0 ? options : null, errors);
    }

    private void ReadFile(List<ConfiguredValue> values, List<ConfigurationError> errors)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(home.ConfigFile);
        }
        catch (FileNotFoundException)
        {
            return;
        }
        catch (UnauthorizedAccessException)
        {
            errors.Add(new ConfigurationError(ConfigurationFile.Name, 0, "", $"{home.ConfigFile} cannot be read by this user."));
            return;
        }

        ConfigurationFile.Read(bytes, home.Root, values, errors);
    }

    private void ReadVariables(List<ConfiguredValue> values, List<ConfigurationError> errors)
    {
        foreach (var (name, text) in environment.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            if (SettingsTable.All.FirstOrDefault(s => s.Variable == name) is { } setting)
            {
                values.Add(new ConfiguredValue(setting.Key, name, 0, ValueKind.Plain, Environment.CurrentDirectory) { Text = text });
            }
            else if (name.StartsWith(VariablePrefix, StringComparison.Ordinal) && name.Contains(LevelSeparator, StringComparison.Ordinal))
            {
                var key = name[VariablePrefix.Length..].Replace(LevelSeparator, ".", StringComparison.Ordinal).ToLowerInvariant();
                errors.Add(new ConfigurationError(name, 0, name, $"names no setting.{SettingsTable.Suggest(key)}"));
            }
        }
    }

    private static void CheckTogether(FirewallOptions options, List<ConfiguredValue> values, List<ConfigurationError> errors)
    {
        if (options.Admin.Port != 0 && options.Admin.Equals(options.Listen.Proxy))
        {
            errors.Add(new ConfigurationError(SourceOf(values, "listen.admin"), 0, "listen.admin", "must differ from listen.proxy."));
        }

        foreach (var file in options.Upstream.CaFiles.Where(f => !File.Exists(f)))
        {
            errors.Add(new ConfigurationError(SourceOf(values, "upstream.ca_files"), 0, "upstream.ca_files", $"{file} does not exist."));
        }
    }

    private static string SourceOf(List<ConfiguredValue> values, string key) =>
        values.LastOrDefault(v => v.Key == key)?.Source ?? ConfigurationFile.Name;
}
