using Microsoft.Extensions.Logging;
using SecretsFirewall.Cli.Configuration;

namespace SecretsFirewall.Cli.Running;

/// <summary>
/// Takes a changed configuration as a whole, or keeps the one in force and says why. A change is noticed by the file system's word
/// (some file systems never say) or by SIGHUP.
/// </summary>
internal sealed partial class ConfigurationReload : IDisposable
{
    // Editors write a file in several steps.
    private static readonly TimeSpan Settle = TimeSpan.FromMilliseconds(250);

    private readonly FirewallHome _home;
    private readonly ConfigurationLoader _loader;
    private readonly Firewall _firewall;
    private readonly ILogger _logger;
    private readonly Action<string> _announce;
    private readonly Lock _lock = new();
    private readonly ITimer _timer;
    private readonly FileSystemWatcher _files;
    private readonly FileSystemWatcher _policies;
    private ProbeRoute? _probe;

    public ConfigurationReload(FirewallHome home, ConfigurationLoader loader, Firewall firewall, TimeProvider time, ILogger logger, Action<string> announce)
    {
        _home = home;
        _loader = loader;
        _firewall = firewall;
        _logger = logger;
        _announce = announce;
        Configured = firewall.Options;
        _timer = time.CreateTimer(_ => Reload(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _files = Watch(home.Root, ConfigurationFile.Name, recursive: false);
        _policies = Watch(home.PolicyDirectory, "*.json", recursive: true);
        if (loader.FileChanged)
        {
            // While we started, and before anybody watched.
            _timer.Change(Settle, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>What was configured last, without the doctor's route.</summary>
    public FirewallOptions Configured { get; private set; }

    /// <summary>Why what the home says now is not in force; null if it is.</summary>
    public string? Problem { get; private set; }

    /// <summary>Reads configuration and policy anew.</summary>
    public void Reload()
    {
        lock (_lock)
        {
            var problems = new List<string>();
            var loaded = _loader.Load();
            problems.AddRange(loaded.Errors.Select(e => e.ToString()));
            if (loaded.Options is { } options && Apply(Fixed(options)) is { } problem)
            {
                problems.Add(problem);
            }

            problems.AddRange(_firewall.Policy.Reload().Select(e => $"{e.Path}:{e.Line}: {e.Message}"));
            Problem = problems.Count == 0 ? null : string.Join('\n', problems);
            Report(loaded.Options);
        }
    }

    /// <summary>Makes one more name reachable while the doctor looks; null takes it away. Null if it worked, else why not.</summary>
    public string? Route(ProbeRoute? probe)
    {
        lock (_lock)
        {
            _probe = probe;
            return Apply(Configured);
        }
    }

    public void Dispose()
    {
        _files.Dispose();
        _policies.Dispose();
        _timer.Dispose();
    }

    private string? Apply(FirewallOptions options)
    {
        try
        {
            _firewall.Reload(_probe is null ? options : options with { Upstream = _probe.AddTo(options.Upstream) });
            Configured = options;
            return null;
        }
        catch (InvalidDataException e)
        {
            return e.Message;
        }
    }

    /// <summary>Where we listen, and under which policy, is decided at start.</summary>
    private FirewallOptions Fixed(FirewallOptions options) => options with
    {
        Admin = Configured.Admin,
        AdminApi = Configured.AdminApi,
        Notifications = Configured.Notifications,
        Policy = Configured.Policy,
        Bundles = Configured.Bundles,
        Audit = Configured.Audit,
        Telemetry = Configured.Telemetry,
        Listen = options.Listen with { Proxy = Configured.Listen.Proxy },
    };

    private void Report(FirewallOptions? loaded)
    {
        if (Problem is not null)
        {
            LogKept(_logger, Problem);
            _announce($"The changed configuration is refused, and the one before stays in force:\n{Problem}");
            return;
        }

        LogReloaded(_logger, _home.ConfigFile);
        _announce(loaded == Fixed(loaded!)
            ? "Configuration and policy were read again and are in force."
            : "Configuration and policy were read again; listen.*, audit.*, telemetry.*, policy and bundle.* change with the next start.");
        if (_firewall.ExpiredIgnores() is { } expired)
        {
            _announce(expired);
        }
    }

    private FileSystemWatcher Watch(string directory, string filter, bool recursive)
    {
        var watcher = new FileSystemWatcher(directory, filter) { IncludeSubdirectories = recursive };
        watcher.Changed += OnChanged;
        watcher.Created += OnChanged;
        watcher.Deleted += OnChanged;
        watcher.Renamed += OnChanged;
        watcher.EnableRaisingEvents = true;
        return watcher;
    }

    private void OnChanged(object sender, FileSystemEventArgs e) => _timer.Change(Settle, Timeout.InfiniteTimeSpan);

    [LoggerMessage(9001, LogLevel.Information, "Configuration {File} and policy are in force.")]
    private static partial void LogReloaded(ILogger logger, string file);

    [LoggerMessage(9002, LogLevel.Error, "Configuration refused, the one before stays in force: {Problem}")]
    private static partial void LogKept(ILogger logger, string problem);
}
