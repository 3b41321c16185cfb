using Microsoft.Extensions.Logging;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Cli.Evidence;
using SecretsFirewall.Cli.State;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Cli.Running;

/// <summary>Why a firewall did not start.</summary>
internal sealed record StartProblem(string Message, int ExitCode);

/// <summary>
/// A firewall that owns its home and serves: lock, log, state, policy, audit, proxy and admin plane, taken in this order and given back in
/// the reverse one.
/// </summary>
internal sealed class RunningFirewall : IAsyncDisposable
{
    // A bundle's end is told in days.
    private static readonly TimeSpan PolicyEndCheck = TimeSpan.FromSeconds(30);

    // It cuts within a second of the file's coming; some file systems tell nobody of it, so it is asked for.
    private static readonly TimeSpan KillFileCheck = TimeSpan.FromMilliseconds(250);

    private readonly Stack<IDisposable> _owned;
    private readonly AdminServer _admin;
    private readonly FirewallHome _home;
    private readonly AdminPlane _plane;

    private RunningFirewall(FirewallHome home, Stack<IDisposable> owned, Firewall firewall, AdminServer admin, SessionOperations sessions, ConfigurationReload reload, KillSwitch kills, AdminPlane plane)
    {
        _plane = plane;
        _home = home;
        _owned = owned;
        _admin = admin;
        Firewall = firewall;
        Sessions = sessions;
        Reload = reload;
        Kills = kills;
    }

    public Firewall Firewall { get; }

    public SessionOperations Sessions { get; }

    public ConfigurationReload Reload { get; }

    public KillSwitch Kills { get; }

    public AdminServer Admin => _admin;

    /// <param name="announce">Hears what happens after the start, one sentence each.</param>
    public static async Task<(RunningFirewall? Running, StartProblem? Problem)> StartAsync(
        FirewallHome home, ConfigurationLoader loader, TimeProvider time, Action<string> announce, CancellationToken cancellationToken)
    {
        var owned = new Stack<IDisposable>();
        var (running, problem) = await StartAsync(home, loader, time, announce, owned, cancellationToken);
        if (running is null)
        {
            Release(owned);
        }

        return (running, problem);
    }

    public async ValueTask DisposeAsync()
    {
        Sessions.EndAll();
        Reload.Dispose();
        _plane.Stop();

        // Both drain at once: together they must stay within five seconds.
        await Task.WhenAll(Firewall.DisposeAsync().AsTask(), _admin.DisposeAsync().AsTask());
        ControlSocketPath.Forget(_home);
        Release(_owned);
    }

    private static async Task<(RunningFirewall? Running, StartProblem? Problem)> StartAsync(
        FirewallHome home, ConfigurationLoader loader, TimeProvider time, Action<string> announce, Stack<IDisposable> owned, CancellationToken cancellationToken)
    {
        if (home.Prepare() is { } unusable)
        {
            return Failed(unusable);
        }

        if (HomeLock.TryTake(home, time) is not { } homeLock)
        {
            return (null, new StartProblem(HomeLock.Refusal(home), ExitCodes.HomeInUse));
        }

        owned.Push(homeLock);
        var configuration = loader.Load();
        if (configuration.Options is not { } options)
        {
            return Failed($"The configuration is wrong:\n{string.Join('\n', configuration.Errors)}");
        }

        if (!options.Dumps)
        {
            ProcessSecrecy.Apply();
        }

        var loggers = OperationalLog.Open(home);
        owned.Push(loggers);
        if (Installation.TryOpen(home, options.Interception, time, loggers, out var problem) is not { } installation)
        {
            return Failed(problem);
        }

        owned.Push(installation);
        foreach (var trusted in home.AgentsWithAuthority.Select(home.AuthorityOf).Prepend(home.Authority))
        {
            TrustFiles.Refresh(trusted, forJava: false);
        }

        if (installation.OpenBundles(options.Bundles, time, out problem) is not { } bundles
            || OpenPolicy(home, options.Policy, bundles, loggers, out problem) is not { } policy)
        {
            return Failed(problem);
        }

        if (OpenAudit(installation, options, time, loggers, out var unreadable) is not { } evidence)
        {
            return Failed(unreadable);
        }

        owned.Push(evidence);
        var audit = evidence.Log;
        if (audit.Trouble != AuditTrouble.None)
        {
            return Failed($"{audit.Trouble.Sentence()} {audit.Trouble.Advice()} ({home.AuditDirectory})");
        }

        TelemetryExports exports;
        try
        {
            exports = TelemetryExports.Start(options, home.AuditDirectory, audit, time, loggers);
            owned.Push(exports);
        }
        catch (InvalidDataException e)
        {
            return Failed(e.Message);
        }

        PolicyArchive.Keep(home, policy.Loaded, loggers.CreateLogger<AuditKeeper>());
        policy.Changed += () => PolicyArchive.Keep(home, policy.Loaded, loggers.CreateLogger<AuditKeeper>());
        Firewall firewall;
        try
        {
            firewall = await Firewall.StartAsync(installation, options, audit, policy, time, loggers, cancellationToken);
        }
        catch (IOException e)
        {
            return Failed($"The proxy cannot listen on {options.Listen.Proxy}: {e.Message} Name another address with --listen.");
        }
        catch (InvalidDataException e)
        {
            return Failed(e.Message);
        }

        if (problem.Length > 0)
        {
            announce(problem);
        }

        // Its own files were read a moment ago, so that this cannot fail.
        var pulling = PolicyPulling.Start(options, policy, bundles, time, loggers.CreateLogger<BundlePull>());
        if (pulling is not null)
        {
            owned.Push(pulling);
        }

        owned.Push(time.CreateTimer(static state => ((KillSwitch)state!).LookAtFile(), installation.Kills, KillFileCheck, KillFileCheck));
        owned.Push(time.CreateTimer(static state => ((ActivePolicy)state!).EndExpired(), policy, PolicyEndCheck, PolicyEndCheck));
        return await StartAdminAsync(home, loader, time, announce, owned, installation, bundles, pulling?.Pull, exports, firewall, evidence, loggers, cancellationToken);
    }

    private static AuditOpening? OpenAudit(Installation installation, FirewallOptions options, TimeProvider time, ILoggerFactory loggers, out string problem)
    {
        try
        {
            return AuditOpening.Open(installation, options, time, loggers, out problem);
        }
        catch (InvalidDataException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private static async Task<(RunningFirewall? Running, StartProblem? Problem)> StartAdminAsync(
        FirewallHome home,
        ConfigurationLoader loader,
        TimeProvider time,
        Action<string> announce,
        Stack<IDisposable> owned,
        Installation installation,
        BundleKeeper bundles,
        BundlePull? pull,
        TelemetryExports exports,
        Firewall firewall,
        AuditOpening evidence,
        ILoggerFactory loggers,
        CancellationToken cancellationToken)
    {
        var reload = new ConfigurationReload(home, loader, firewall, time, loggers.CreateLogger<ConfigurationReload>(), announce);
        var sessions = new SessionOperations(installation.Agents, firewall.Sessions, time, () => firewall.ProxyEndPoint);
        var daemon = new DaemonOperations(installation, firewall, pull, exports, reload, sessions, evidence.Keeper, time);
        var dispatcher = new ControlDispatcher();
        StateOperations.RegisterAll(dispatcher, installation);
        new EvidenceOperations(installation, new RunningAudit(evidence), time).Register(dispatcher);
        sessions.Register(dispatcher);
        daemon.Register(dispatcher);
        new PolicyOperations(bundles, firewall.Policy, firewall.Options.Policy).Register(dispatcher);
        var approvals = new ApprovalOperations(installation.Approvals, installation.Operators, firewall.RecordOfOperator, time);
        approvals.Register(dispatcher);
        new TraceOperations(firewall.RecordOfOperator).Register(dispatcher);
        if (AdminPlane.Prepare(firewall.Options, out var certificate) is { } unusable)
        {
            reload.Dispose();
            await firewall.DisposeAsync();
            return Failed(unusable);
        }

        var plane = AdminPlane.Start(installation, firewall, approvals, dispatcher, time, loggers);
        owned.Push(plane);
        try
        {
            var adminOptions = new AdminOptions(firewall.Options.Admin, ControlSocketPath.Prepare(home), () => daemon.Health, exports.OpenMetrics)
            {
                Api = plane.Api,
                Certificate = certificate,
                Hosts = firewall.Options.AdminApi.Hosts,
            };
            var admin = await AdminServer.StartAsync(adminOptions, dispatcher, loggers, cancellationToken);
            firewall.OwnListeners.Add(admin.EndPoint);
            daemon.Admin = admin.EndPoint;
            return (new RunningFirewall(home, owned, firewall, admin, sessions, reload, installation.Kills, plane), null);
        }
        catch (IOException e)
        {
            reload.Dispose();
            await firewall.DisposeAsync();
            return Failed($"The admin plane cannot listen on {firewall.Options.Admin} or in {home.Root}: {e.Message} Name another address with --admin.");
        }
    }

    /// <summary>
    /// Null with one sentence that says why it cannot be in force. Where signatures are required, a policy that is not in force is no reason not to run: everything
    /// is refused then, and the sentence says why.
    /// </summary>
    internal static ActivePolicy? OpenPolicy(FirewallHome home, string name, BundleKeeper? bundles, ILoggerFactory loggers, out string problem)
    {
        if (bundles?.InForce is null && !Directory.Exists(Path.Combine(home.PolicyDirectory, name)))
        {
            if (!ShippedPolicies.Names.Contains(name))
            {
                problem = $"There is no policy {name} in {home.PolicyDirectory}. Shipped are: {string.Join(", ", ShippedPolicies.Names)}.";
                return null;
            }

            ActivePolicy.WriteShipped(home.PolicyDirectory, name);
        }

        var policy = ActivePolicy.Open(home.PolicyDirectory, name, loggers.CreateLogger<ActivePolicy>(), bundles: bundles);
        var errors = string.Join('\n', policy.Errors.Select(e => e.ToString()));
        var refusesAll = bundles is not null && (bundles.InForce is not null || bundles.RequiresSignatures);
        problem = errors.Length == 0 ? "" : refusesAll ? $"No policy is in force, and everything is refused:\n{errors}" : $"The policy {name} does not load:\n{errors}";
        return errors.Length == 0 || refusesAll ? policy : null;
    }

    private static (RunningFirewall? Running, StartProblem? Problem) Failed(string message) => (null, new StartProblem(message, ExitCodes.Broken));

    private static void Release(Stack<IDisposable> owned)
    {
        while (owned.TryPop(out var next))
        {
            next.Dispose();
        }
    }
}
