using System.Globalization;
using System.Net;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Environments;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>What the firewall says of itself, and whether it answers where it says it listens.</summary>
internal static class FirewallChecks
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // Time for a person to bring the new one to every machine.
    internal static readonly TimeSpan CaEndsSoon = TimeSpan.FromDays(30);

    public static async Task<IReadOnlyList<DoctorFinding>> InspectAsync(
        FirewallHome home, StatusReply status, bool startedForThis, TimeProvider time, CancellationToken cancellationToken)
    {
        var findings = new List<DoctorFinding>
        {
            startedForThis
                ? new("firewall", Health.Note, "It did not run; one was started for these checks.")
                : new("firewall", Health.Well, string.Create(CultureInfo.InvariantCulture, $"Process {status.ProcessId} runs since {status.StartedAt:u} and holds the lock.")),
            await ReachAsync(AgentConnection.Reachable(IPEndPoint.Parse(status.Admin!)), cancellationToken),
            new("policy", Health.Well, $"{status.Policy.Name}, revision {status.Policy.Revision}"),
            InspectCa(home, status, time),
        };
        findings.AddRange(status.Notes
            .Where(note => note != HomeNotes.ReadableByAgent)
            .Select(note => new DoctorFinding("state", Health.Broken, note)));
        return findings;
    }

    private static DoctorFinding InspectCa(FirewallHome home, StatusReply status, TimeProvider time)
    {
        var pem = File.ReadAllText(home.CaCertificate).Trim();
        if (!File.Exists(home.CaBundle) || !File.ReadAllText(home.CaBundle).Contains(pem, StringComparison.Ordinal))
        {
            return new DoctorFinding("ca", Health.Broken, $"{home.CaBundle} does not hold our CA. Restart the firewall; it writes the file anew.");
        }

        var left = status.CaExpires - time.GetUtcNow();
        return left < CaEndsSoon
            ? new DoctorFinding("ca", Health.Warning, string.Create(CultureInfo.InvariantCulture, $"The CA ends in {left.Days} days. Renew it while the firewall is stopped: sfw ca renew"))
            : new DoctorFinding("ca", Health.Well, string.Create(CultureInfo.InvariantCulture, $"Valid until {status.CaExpires:u}; the bundle holds it and the system's roots."));
    }

    private static async Task<DoctorFinding> ReachAsync(IPEndPoint admin, CancellationToken cancellationToken)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Patience };
        try
        {
            using var response = await http.GetAsync(new Uri($"http://{admin}/healthz"), cancellationToken);
            return response.IsSuccessStatusCode
                ? new DoctorFinding("listeners", Health.Well, $"http://{admin}/healthz answers.")
                : new DoctorFinding("listeners", Health.Broken, $"http://{admin}/healthz answers {(int)response.StatusCode}; is another program there?");
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return new DoctorFinding("listeners", Health.Broken, $"http://{admin}/healthz does not answer.");
        }
    }
}
