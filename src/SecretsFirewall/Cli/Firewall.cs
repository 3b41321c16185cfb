using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;
using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Bundles;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Forwarding;
using SecretsFirewall.Interception;
using SecretsFirewall.Listener;
using SecretsFirewall.Metering;
using SecretsFirewall.Model;
using SecretsFirewall.Policy.Bundles;
using SecretsFirewall.Restraints;
using SecretsFirewall.Restraints.Kills;
using SecretsFirewall.Restraints.Sessions;
using SecretsFirewall.Vault;
using Yarp.ReverseProxy.Forwarder;

namespace SecretsFirewall.Cli;

/// <summary>
/// The running proxy in one object: the composition root of the data plane. The admin plane is a server of its own.
/// </summary>
internal sealed class Firewall : IAsyncDisposable
{
    private static readonly TimeSpan DrainTime = TimeSpan.FromSeconds(4);

    private readonly Installation _installation;
    private readonly DetectionRegistry _detection;
    private readonly CanaryWatch _canaries;
    private readonly ExchangeRecorder _recorder;
    private readonly UnreadRequests _unread;
    private readonly TunnelRecorder _tunnels;
    private readonly OpenTraffic _open;
    private readonly RiskWatch _risk;
    private readonly SessionKeeper? _keeper;
    private readonly TimeProvider _time;
    private readonly NameResolver _resolve;
    private readonly UpstreamRoom _upstreams;
    private readonly McpServers _servers;
    private readonly WebApplication _app;
    private volatile RequestDelegate _exchanges;
    private volatile OpaqueRelay _relay;
    private RequestRates _rates;
    private CallConcurrency _calls;
    private volatile UpstreamClients? _clients;
    private bool _isStarted;

    private Firewall(Installation installation, FirewallOptions options, AuditLog audit, ActivePolicy policy, TimeProvider time, ILoggerFactory loggers, NameResolver resolve)
    {
        _installation = installation;
        _resolve = resolve;
        Pseudonym = ViaField.PseudonymOf(installation.InstallKey);
        _time = time;
        Options = options;
        Audit = audit;
        Policy = policy;
        Captured = new CapturedValues(time);
        _detection = new DetectionRegistry(installation.Vault, installation.InstallKey, policy, time);
        _canaries = new CanaryWatch(audit, installation.Vault, installation.Kills, loggers.CreateLogger<CanaryWatch>());
        AgentSessions = new AgentSessions(time) { Record = Record };
        _keeper = SessionKeeper.Start(AgentSessions, installation.Store.Sessions, time, loggers.CreateLogger<SessionKeeper>());
        Locks = new ResourceLocks(time);
        _risk = new RiskWatch(AgentSessions, audit);
        _recorder = new ExchangeRecorder(audit, Sessions, _risk, _detection, time);
        _tunnels = new TunnelRecorder(audit, _detection);
        _open = new OpenTraffic(installation.Kills);
        OpaqueTunnels = new OpaqueTunnels(
            policy, installation.Vault, installation.Agents, _open, _tunnels, (client, to, allowPrivate, bytes, stop) => _relay!.RunAsync(client, to, allowPrivate, bytes, stop), time);
        Room = options.Listen.Connections > 0 ? new ConnectionRoom(options.Listen.Connections) : ConnectionRoom.Within(OpenFileLimit.Read());
        _unread = new UnreadRequests(_tunnels);
        _upstreams = new UpstreamRoom(Room.Most);
        installation.Agents.Removed += AgentSessions.Forget;
        _servers = new McpServers(installation.ToolPins);
        policy.Changed += RecordPolicy;
        installation.Meter.Marked += _recorder.RecordMark;
        installation.Kills.Latched += CancelApprovals;
        installation.Approvals.Happened += RecordEnded;
        policy.Refused += RecordRefusal;
        _rates = new RequestRates(options.Listen);
        _calls = new CallConcurrency(options.Metering);
        _app = Build(loggers);
        (_exchanges, _relay) = Compose(options);
    }

    public FirewallOptions Options { get; private set; }

    public AuditLog Audit { get; }

    public ActivePolicy Policy { get; }

    /// <summary>What agents may use without anybody having registered it; ends with the firewall.</summary>
    public CapturedValues Captured { get; }

    /// <summary>How many detection rules are looked for.</summary>
    public int RuleCount => Policy.Loaded.Rules.Count;

    /// <summary>What to tell about findings that were let pass until a day that is over; null if there are none.</summary>
    public string? ExpiredIgnores()
    {
        var now = _time.GetUtcNow();
        var expired = Policy.Current.Detection.Ignored.Where(one => one.End <= now).Select(one => one.Fingerprint).ToList();
        return expired.Count == 0
            ? null
            : $"These findings are no longer let pass, their entries in detection.ignore of the policy have expired: {string.Join(", ", expired)}. Renew or remove them.";
    }

    /// <summary>For what the firewall itself sends: the same address rules, trust and fixed addresses as an agent's requests.</summary>
    public HttpMessageInvoker ClientForUs(bool allowPrivate) => _clients!.For(allowPrivate);

    /// <summary>A text as people are shown it: without what any detector finds in it.</summary>
    public string MaskForPeople(string text) => WaitingBody.Of(System.Text.Encoding.UTF8.GetBytes(text), _detection.Current).Shown ?? "";

    public SessionCounters Sessions { get; } = new();

    /// <summary>What agents' sessions have done, and how much more they may.</summary>
    public AgentSessions AgentSessions { get; }

    /// <summary>Records what a person did, with their words masked. False where it could not be.</summary>
    public bool RecordOfOperator(AuditRecord record) => Audit.TryAppend(OperatorRecords.Masked(record, _detection.Current));

    /// <summary>What an agent wrote, as it may be shown: masked.</summary>
    public string Shown(string text) => RecordedText.Masked(text, _detection.Current);

    /// <summary>What is being changed, or waits for a person.</summary>
    public ResourceLocks Locks { get; }

    /// <summary>What passes unread.</summary>
    public OpaqueTunnels OpaqueTunnels { get; }

    /// <summary>How many connections fit, decided at start, and how many did not.</summary>
    public ConnectionRoom Room { get; }

    /// <summary>Where no agent may connect to; the admin plane adds itself.</summary>
    public OwnListeners OwnListeners { get; } = new();

    /// <summary>What stands for this firewall in <c>Via</c>.</summary>
    public string Pseudonym { get; }

    /// <summary>Where agents connect to; the port is known once started.</summary>
    public IPEndPoint ProxyEndPoint { get; private set; } = new(IPAddress.Loopback, 0);

    /// <exception cref="IOException">The port is in use.</exception>
    /// <exception cref="InvalidDataException">A CA file, or what sessions have done before, cannot be read.</exception>
    public static async Task<Firewall> StartAsync(
        Installation installation,
        FirewallOptions options,
        AuditLog audit,
        ActivePolicy policy,
        TimeProvider time,
        ILoggerFactory loggers,
        CancellationToken cancellationToken,
        NameResolver? resolve = null)
    {
        var firewall = new Firewall(installation, options, audit, policy, time, loggers, resolve ?? Dns.GetHostAddressesAsync);
        installation.RecordRestraints(firewall.Record);
        if (firewall._keeper is null)
        {
            await firewall.DisposeAsync();
            throw new InvalidDataException($"What sessions have done before cannot be read from {installation.Home.Database}: limits and risk would begin anew. Restore a backup.");
        }

        try
        {
            await firewall._app.StartAsync(cancellationToken);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            await firewall.DisposeAsync();
            throw;
        }

        var addresses = firewall._app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>();
        firewall.ProxyEndPoint = new IPEndPoint(options.Listen.Proxy.Address, BindingAddress.Parse(addresses.Addresses.Single()).Port);
        firewall.OwnListeners.Add(firewall.ProxyEndPoint);
        firewall.OwnListeners.Add(options.Admin);
        firewall._isStarted = audit.TryAppend(new AuditRecord { Type = AuditTypes.Started, Bundle = firewall.BundleInForce });
        foreach (var kill in installation.Kills.Current.All)
        {
            firewall.Record(KillSwitch.StandingEvent(kill));
        }

        return firewall;
    }

    /// <summary>Takes new options for every exchange from now on; those under way keep theirs. Where it listens stays.</summary>
    /// <exception cref="InvalidDataException">A CA file cannot be read; the old options stay.</exception>
    public void Reload(FirewallOptions options)
    {
        (_exchanges, _relay) = Compose(options);
        Options = options;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _app.DisposeAsync();
        if (_isStarted)
        {
            Audit.TryAppend(new AuditRecord { Type = AuditTypes.Stopped });
        }

        _installation.Agents.Removed -= AgentSessions.Forget;
        _installation.Kills.Latched -= CancelApprovals;
        _installation.Approvals.Happened -= RecordEnded;
        Policy.Changed -= RecordPolicy;
        _installation.Meter.Marked -= _recorder.RecordMark;
        Policy.Refused -= RecordRefusal;
        _rates.Dispose();
        _calls.Dispose();
        _installation.RecordRestraints(static _ => true);
        _open.Dispose();
        _keeper?.Dispose();
        _detection.Dispose();
        Captured.Dispose();
    }

    /// <summary>
    /// What waits for a person, and what one has agreed to, ends with the agent that is stopped. Not here: this is raised while the kill is taken, and the store is a disk.
    /// </summary>
    private void CancelApprovals()
    {
        var kills = _installation.Kills.Current;
        List<string?> stopped = kills.System is not null ? [null] : [.. kills.All.Where(static kill => kill.Scope is KillScope.Agent).Select(static kill => kill.Name)];
        _ = Task.Run(() => stopped.ForEach(agent => _installation.Approvals.Cancel(agent)));
    }

    private void RecordEnded(ApprovalEvent one)
    {
        if (one.Kind is ApprovalEventKind.Expired or ApprovalEventKind.Cancelled)
        {
            Audit.TryAppend(ActionApprovals.RecordOf(AuditTypes.ApprovalEnded, one.Request) with
            {
                Detail = one.Kind is ApprovalEventKind.Expired ? "Nobody answered in time." : "Taken back: the agent was stopped.",
            });
        }
    }

    private AuditBundle BundleInForce => new(Policy.Current.Name, Policy.Current.Revision, Policy.Current.Hash);

    private bool Record(RestraintEvent change) => RecordOfOperator(RestraintAudit.RecordOf(change));

    private void RecordPolicy() =>
        Audit.TryAppend(new AuditRecord { Type = AuditTypes.PolicyLoaded, Bundle = BundleInForce, Detail = $"The policy is {Policy.Loaded.Trust.Word()}." });

    private void RecordRefusal(BundleRefusal refusal) =>
        Audit.TryAppend(new AuditRecord { Type = AuditTypes.PolicyRefused, Bundle = BundleInForce, Code = refusal.Fault.Word(), Detail = refusal.Sentence });

    private (RequestDelegate Exchanges, OpaqueRelay Relay) Compose(FirewallOptions options)
    {
        // Another reload must not refill what an agent has used up. Exchanges under way may still ask the ones before.
        _rates = _rates.IsOf(options.Listen) ? _rates : new RequestRates(options.Listen);
        _calls = _calls.IsOf(options.Metering) ? _calls : new CallConcurrency(options.Metering);
        var kills = _installation.Kills;
        AgentSessions.Options = options.Sessions;
        var identification = new Identification(_installation.Agents);
        var connector = new UpstreamConnector(options.Upstream, OwnListeners, _resolve, _upstreams);
        var clients = _clients = new UpstreamClients(options.Upstream, connector, UpstreamTrust.Load(options.Upstream.CaFiles));
        var baseUrls = new BaseUrlRequests(identification, _tunnels, () => Policy.Current.Upstreams);
        var budget = new BufferBudget(options.Enforcement, _time);
        var responses = new ResponseInspection(options.Enforcement, budget, _servers);
        var frames = new WebSocketRelay(
            _installation.Agents, _open, _installation.Vault, options.Enforcement, budget, options.Upstream.ActivityTimeout, _time, _app.Lifetime.ApplicationStopping);
        var approvals = new ActionApprovals(
            _installation.Approvals, _installation.Operators, new ActionCredentials(_installation.InstallKey), Audit, options.Metering, AgentSessions.RiskOf, _time);
        var exchanges = ProxyPipeline.Exchanges(new ProxySteps(
            new ExchangeMiddleware(identification, new AgentLimits(options.Listen), _rates, baseUrls, _tunnels, _time, () => kills.Current.System?.Refusal),
            new OutcomeMiddleware(_recorder, _app.Services.GetRequiredService<ILoggerFactory>().CreateLogger<OutcomeMiddleware>()),
            new KillMiddleware(_open),
            new BypassMiddleware(Pseudonym),
            new SessionMiddleware(AgentSessions),
            new PolicyMiddleware(_detection, _installation.Vault, Captured, _canaries, kills, _installation.Gate, AgentSessions, _risk, Sessions, approvals),
            new RiskMiddleware(AgentSessions),
            new LockMiddleware(AgentSessions, Locks),
            new InspectionMiddleware(_installation.Vault, options.Enforcement, budget, _servers, _time),
            new ApprovalMiddleware(approvals),
            new BudgetMiddleware(_installation.Meter, _calls, AgentSessions, options.Metering, _time),
            new IntentMiddleware(_recorder, kills),
            new WebSocketForwarder(clients, responses.InspectAsync, frames.RunAsync, Pseudonym),
            new Forwarder(_app.Services.GetRequiredService<IHttpForwarder>(), clients, responses.InspectAsync, responses.InspectTrailers, Pseudonym)));
        return (exchanges, new OpaqueRelay(connector, options.Upstream, _time));
    }

    private WebApplication Build(ILoggerFactory loggers)
    {
        // A line ends with CRLF: one reader's bare LF is another reader's value (RFC 9112 section 2.2 leaves both open).
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);

        // The empty builder: no variable and no appsettings.json may change what listens.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(_unread.Listening(loggers));
        builder.Services.AddSingleton<DiagnosticSource>(_unread);
        builder.Services.AddHttpForwarder();
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, ClearingMemoryPoolFactory>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = DrainTime);
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(Configure);
        builder.Services.AddSingleton<IConnectionListenerFactory>(
            services => new BoundedListenerFactory(ActivatorUtilities.CreateInstance<SocketTransportFactory>(services), Room.MostAccepted)); // the last one is asked
        var app = builder.Build();
        app.Run(context => _exchanges(context));
        return app;
    }

    // With an encoding of one's own the server reads a length as .NET reads numbers, with blanks of every kind and NUL behind; without, as digits.
    private static System.Text.Encoding? HeadEncoding(string field) =>
        field.Equals(HeaderNames.ContentLength, StringComparison.OrdinalIgnoreCase) ? null : System.Text.Encoding.Latin1;

    private void Configure(KestrelServerOptions kestrel)
    {
        var options = Options.Listen;
        kestrel.AddServerHeader = false;
        kestrel.AllowHostHeaderOverride = true; // absolute-form: the target's host counts (RFC 9112 section 3.2.2)
        kestrel.RequestHeaderEncodingSelector = HeadEncoding;
        kestrel.ResponseHeaderEncodingSelector = _ => System.Text.Encoding.Latin1;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = null; // limits.buffer_bytes decides, by destination
        limits.MinRequestBodyDataRate = null; // limits.body_timeout decides: an agent may upload slowly, but not fall silent
        limits.MinResponseDataRate = null; // a client may read a stream as slowly as it likes; back-pressure holds the upstream
        limits.MaxRequestHeadersTotalSize = options.HeadBytes;
        limits.MaxRequestLineSize = options.TargetBytes;
        limits.MaxRequestHeaderCount = options.HeadFields;
        limits.RequestHeadersTimeout = options.HeadTimeout;
        limits.KeepAliveTimeout = options.IdleTimeout;
        limits.Http2.MaxStreamsPerConnection = options.StreamsPerConnection;
        limits.Http2.MaxRequestHeaderFieldSize = options.TargetBytes;
        limits.Http2.InitialConnectionWindowSize = 1024 * 1024;
        limits.Http2.InitialStreamWindowSize = 768 * 1024;

        var interception = new TlsInterception(_installation.Authorities, Options.Interception, _time);
        var handshake = new ProxyHandshake(options, new Identification(_installation.Agents), new AgentLimits(options), Room, OpaqueTunnels, _tunnels, _time);
        kestrel.Listen(options.Proxy, listen => ProxyPipeline.UseConnections(listen, handshake, interception, _unread));
    }
}
