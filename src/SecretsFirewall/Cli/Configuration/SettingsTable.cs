using SecretsFirewall.Approvals;
using SecretsFirewall.Audit;
using SecretsFirewall.Audit.Formats;
using SecretsFirewall.Restraints.Sessions;
using static SecretsFirewall.Cli.Configuration.ValueFormats;

namespace SecretsFirewall.Cli.Configuration;

/// <summary>Every setting that exists, with the range that makes sense. What is not here is an error in <c>config.json</c>.</summary>
internal static class SettingsTable
{
    private const long Mebi = 1024 * 1024;

    private const long Gibi = 1024 * Mebi;

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<Setting> All { get; } =
    [
        Of("listen.proxy", EndPoint, (o, v) => o with { Listen = o.Listen with { Proxy = v } }),
        Of("listen.admin", EndPoint, (o, v) => o with { Admin = v }),
        Of("admin.tls", Files, (o, v) => o with { AdminApi = o.AdminApi with { TlsFiles = v } }),
        Of("admin.hosts", HostNames, (o, v) => o with { AdminApi = o.AdminApi with { Hosts = v } }),
        Of("notify.webhook", HttpsAddress, (o, v) => o with { Notifications = o.Notifications with { Webhook = v } }),
        Of("notify.webhook_private", Switch, (o, v) => o with { Notifications = o.Notifications with { WebhookMayBePrivate = v } }),
        Of("notify.secret", Files, (o, v) => o with { Notifications = o.Notifications with { SecretFiles = v } }),
        Of("notify.format", OneOf(("json", NotificationFormat.Json), ("slack", NotificationFormat.Slack)), (o, v) => o with { Notifications = o.Notifications with { Format = v } }),
        Of("notify.command", Files, (o, v) => o with { Notifications = o.Notifications with { Commands = v } }),
        Of("policy", PolicyName, (o, v) => o with { Policy = v }),
        Of("bundle.audience", PolicyName, (o, v) => o with { Bundles = o.Bundles with { Audience = v } }),
        Of("bundle.url", HttpsAddress, (o, v) => o with { Bundles = o.Bundles with { Url = v } }),
        Of("bundle.refresh", Duration(TimeSpan.FromSeconds(5), TimeSpan.FromDays(1)), (o, v) => o with { Bundles = o.Bundles with { Refresh = v } }),
        Of("bundle.max_age", Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(365)), (o, v) => o with { Bundles = o.Bundles with { MaxAge = v } }),
        Of("bundle.keep_expired", Duration(TimeSpan.Zero, TimeSpan.FromDays(30)), (o, v) => o with { Bundles = o.Bundles with { KeepExpired = v } }),

        Of("upstream.ca_files", Files, (o, v) => o with { Upstream = o.Upstream with { CaFiles = v } }),
        Of("upstream.hosts", Hosts, (o, v) => o with { Upstream = o.Upstream with { Hosts = v } }),
        Of("upstream.connect_timeout", Duration(Second, Hour), (o, v) => o with { Upstream = o.Upstream with { ConnectTimeout = v } }),
        Of("upstream.activity_timeout", Duration(Second, TimeSpan.FromDays(1)), (o, v) => o with { Upstream = o.Upstream with { ActivityTimeout = v } }),
        Of("upstream.connection_lifetime", Duration(Second, TimeSpan.FromDays(1)), (o, v) => o with { Upstream = o.Upstream with { ConnectionLifetime = v } }),
        Of("upstream.via", Switch, (o, v) => o with { Upstream = o.Upstream with { Via = v } }),
        Of("upstream.http2", Switch, (o, v) => o with { Upstream = o.Upstream with { Http2 = v } }),

        Of("interception.leaf_lifetime", Duration(Hour, TimeSpan.FromDays(7)), (o, v) => o with { Interception = o.Interception with { LeafLifetime = v } }),
        Of("interception.backdate", Duration(TimeSpan.Zero, TimeSpan.FromDays(1)), (o, v) => o with { Interception = o.Interception with { Backdate = v } }),
        Of("interception.cached_leaves", Count(16, 1_000_000), (o, v) => o with { Interception = o.Interception with { CachedLeaves = v } }),

        Of("limits.handshake_timeout", Duration(Second, TimeSpan.FromMinutes(5)), (o, v) => o with { Listen = o.Listen with { HandshakeTimeout = v } }),
        Of("limits.handshake", Size(1024, Mebi), (o, v) => o with { Listen = o.Listen with { HandshakeBytes = (int)v } }),
        Of("limits.head_timeout", Duration(Second, TimeSpan.FromMinutes(5)), (o, v) => o with { Listen = o.Listen with { HeadTimeout = v } }),
        Of("limits.idle_timeout", Duration(Second, TimeSpan.FromDays(1)), (o, v) => o with { Listen = o.Listen with { IdleTimeout = v } }),
        Of("limits.streams_per_connection", Count(1, 10_000), (o, v) => o with { Listen = o.Listen with { StreamsPerConnection = v } }),
        Of("limits.head", Size(4096, 16 * Mebi), (o, v) => o with { Listen = o.Listen with { HeadBytes = (int)v } }),
        Of("limits.target", Size(1024, Mebi), (o, v) => o with { Listen = o.Listen with { TargetBytes = (int)v } }),
        Of("limits.head_fields", Count(20, 10_000), (o, v) => o with { Listen = o.Listen with { HeadFields = v } }),
        Of("limits.tunnels_per_agent", Count(1, 1_000_000), (o, v) => o with { Listen = o.Listen with { TunnelsPerAgent = v } }),
        Of("limits.connections", Count(0, 1_000_000), (o, v) => o with { Listen = o.Listen with { Connections = v } }),
        Of("limits.requests_per_agent", Count(1, 1_000_000), (o, v) => o with { Listen = o.Listen with { RequestsPerAgent = v } }),
        Of("limits.rate_per_minute", Count(0, 1_000_000), (o, v) => o with { Listen = o.Listen with { RatePerMinute = v } }),
        Of("limits.rate_burst", Count(1, 1_000_000), (o, v) => o with { Listen = o.Listen with { RateBurst = v } }),
        Of("limits.model_calls_per_agent", Count(0, 1_000_000), (o, v) => o with { Metering = o.Metering with { CallsPerAgent = v } }),
        Of("metering.assumed_output_tokens", Count(0, 10_000_000), (o, v) => o with { Metering = o.Metering with { AssumedOutputTokens = v } }),
        Of("limits.names_per_agent_and_hour", Count(1, 1_000_000), (o, v) => o with { Interception = o.Interception with { NamesPerAgentAndHour = v } }),
        Of("limits.buffer", Size(1024, Gibi), (o, v) => o with { Enforcement = o.Enforcement with { BufferBytes = (int)v } }),
        Of("limits.llm_buffer", Size(1024, Gibi), (o, v) => o with { Enforcement = o.Enforcement with { LlmBufferBytes = (int)v } }),
        Of("limits.buffered_per_agent", Size(1024, 1024 * Gibi), (o, v) => o with { Enforcement = o.Enforcement with { BufferedBytesPerAgent = v } }),
        Of("limits.decoded_ratio", Count(2, 2_000), (o, v) => o with { Enforcement = o.Enforcement with { DecodedRatio = v } }),
        Of("limits.websocket_message", Size(1024, Gibi), (o, v) => o with { Enforcement = o.Enforcement with { WebSocketMessageBytes = (int)v } }),
        Of("limits.grpc_message", Size(1024, Gibi), (o, v) => o with { Enforcement = o.Enforcement with { GrpcMessageBytes = (int)v } }),
        Of("limits.git_objects", Count(1, 1_000_000_000), (o, v) => o with { Enforcement = o.Enforcement with { GitObjects = v } }),
        Of("limits.git_object", Size(1024, 1024 * Gibi), (o, v) => o with { Enforcement = o.Enforcement with { GitObjectBytes = v } }),
        Of("limits.memory", Size(0, 1024 * Gibi), (o, v) => o with { Enforcement = o.Enforcement with { MemoryBytes = v } }),
        Of("limits.session.requests", Count(0, 1_000_000_000), (o, v) => WithLimits(o, o.Sessions.Limits with { Requests = v })),
        Of("limits.session.duration", Duration(TimeSpan.Zero, TimeSpan.FromDays(365)), (o, v) => WithLimits(o, o.Sessions.Limits with { Duration = v })),
        Of("limits.session.bytes", Size(0, 1024 * Gibi), (o, v) => WithLimits(o, o.Sessions.Limits with { Bytes = v })),
        Of("limits.session.hosts", Count(0, Tally.MostHosts), (o, v) => WithLimits(o, o.Sessions.Limits with { Hosts = v })),
        Of("limits.session.tokens", Count(0, 2_000_000_000), (o, v) => WithLimits(o, o.Sessions.Limits with { Tokens = v })),
        Of("limits.session.cost", Amount, (o, v) => WithLimits(o, o.Sessions.Limits with { Cost = v })),

        Of("session.idle", Duration(Second, TimeSpan.FromDays(7)), (o, v) => o with { Sessions = o.Sessions with { Idle = v } }),
        Of("session.per_agent", Count(1, 1_000_000), (o, v) => o with { Sessions = o.Sessions with { PerAgent = v } }),
        Of("session.pin_bundle", Switch, (o, v) => o with { Sessions = o.Sessions with { PinBundle = v } }),
        Of("session.lock_mutations", Switch, (o, v) => o with { Sessions = o.Sessions with { LockMutations = v } }),
        Of("risk.alert", Count(0, 100), (o, v) => o with { Sessions = o.Sessions with { RiskAlert = v } }),
        Of("risk.refuse", Count(0, 100), (o, v) => o with { Sessions = o.Sessions with { RiskRefuse = v } }),

        Of("audit.segment", Size(64 * 1024, 16 * Gibi), (o, v) => o with { Audit = o.Audit with { SegmentBytes = v } }),
        Of("audit.segment_age", Duration(TimeSpan.FromMinutes(1), TimeSpan.FromDays(366)), (o, v) => o with { Audit = o.Audit with { SegmentAge = v } }),
        Of("audit.checkpoint_records", Count(1, 10_000), (o, v) => o with { Audit = o.Audit with { CheckpointRecords = v } }),
        Of("audit.checkpoint_interval", Duration(Second, Hour), (o, v) => o with { Audit = o.Audit with { CheckpointInterval = v } }),
        Of("audit.keep", Duration(TimeSpan.Zero, TimeSpan.FromDays(36_500)), (o, v) => o with { Audit = o.Audit with { Keep = v } }),
        Of("audit.keep_bytes", Size(0, 64 * 1024 * Gibi), (o, v) => o with { Audit = o.Audit with { KeepBytes = v } }),
        Of("process.dumps", Switch, (o, v) => o with { Dumps = v }),
        Of("anchor.file", FileName, (o, v) => o with { Anchors = o.Anchors with { File = v } }),
        Of("anchor.url", HttpsAddress, (o, v) => o with { Anchors = o.Anchors with { Url = v } }),
        Of("anchor.timestamp_url", WebAddress, (o, v) => o with { Anchors = o.Anchors with { TimestampUrl = v } }),
        Of("anchor.interval", Duration(Second, TimeSpan.FromDays(7)), (o, v) => o with { Anchors = o.Anchors with { Interval = v } }),
        Of("audit.total", Size(4 * Mebi, 64 * 1024 * Gibi), (o, v) => o with { Audit = o.Audit with { TotalBytes = v } }),
        Of("audit.durability", OneOf(("flush", AuditDurability.Flush), ("batch", AuditDurability.Batch), ("intent", AuditDurability.Intent)), (o, v) => o with { Audit = o.Audit with { Durability = v } }),

        Of("telemetry.metrics", Switch, (o, v) => o with { Telemetry = o.Telemetry with { OpenMetrics = v } }),
        Of("telemetry.otlp", Collector, (o, v) => o with { Telemetry = o.Telemetry with { Otlp = v } }),
        Of("telemetry.otlp_headers", FileName, (o, v) => o with { Telemetry = o.Telemetry with { OtlpHeaders = v } }),
        Of("telemetry.syslog", Receiver, (o, v) => o with { Telemetry = o.Telemetry with { Syslog = v } }),
        Of("telemetry.syslog_format", OneOf(("json", AuditFormat.Json), ("ocsf", AuditFormat.Ocsf), ("cef", AuditFormat.Cef)), (o, v) => o with { Telemetry = o.Telemetry with { SyslogFormat = v } }),

        Of("limits.body_timeout", Duration(Second, Hour), (o, v) => o with { Enforcement = o.Enforcement with { BodyTimeout = v } }),
    ];

    private static readonly Dictionary<string, Setting> ByKey = All.ToDictionary(s => s.Key, StringComparer.Ordinal);

    private static readonly HashSet<string> Sections =
        All.SelectMany(s => Enumerable.Range(0, s.Key.Length).Where(i => s.Key[i] == '.').Select(i => s.Key[..i])).ToHashSet(StringComparer.Ordinal);

    public static Setting? Find(string key) => ByKey.GetValueOrDefault(key);

    public static bool IsSection(string key) => Sections.Contains(key);

    /// <summary>" Did you mean …?" for the nearest key, if one is near.</summary>
    public static string Suggest(string key)
    {
        var nearest = All.Select(s => (s.Key, Distance: Distance(s.Key, key))).MinBy(s => s.Distance);
        return nearest.Distance <= 1 + (key.Length / 4) ? $" Did you mean {nearest.Key}?" : "";
    }

    private static FirewallOptions WithLimits(FirewallOptions options, SessionLimits limits) => options with { Sessions = options.Sessions with { Limits = limits } };

    private static Setting<T> Of<T>(string key, ValueFormat<T> format, Func<FirewallOptions, T, FirewallOptions> set) => new(key, format, set);

    /// <summary>How many letters must change, appear or vanish (Levenshtein).</summary>
    private static int Distance(string a, string b)
    {
        var previous = Enumerable.Range(0, b.Length + 1).ToArray();
        for (var i = 1; i <= a.Length; i++)
        {
            var current = new int[b.Length + 1];
            current[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var replaced = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                current[j] = Math.Min(replaced, Math.Min(previous[j], current[j - 1]) + 1);
            }

            previous = current;
        }

        return previous[^1];
    }
}
