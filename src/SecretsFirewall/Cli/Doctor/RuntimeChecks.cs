using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Cli.Exec;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>
/// Whether each runtime of this machine goes through the proxy and trusts the CA, as its own request shows; settings prove nothing. What a
/// runtime that failed did instead is read from the audit log.
/// </summary>
internal static class RuntimeChecks
{
    public static async Task<IReadOnlyList<DoctorFinding>> InspectAsync(
        FirewallHome home, ControlClient client, string? agent, TimeProvider time, CancellationToken cancellationToken)
    {
        var number = ProbeUpstream.NewNumber();
        await using var upstream = await ProbeUpstream.StartAsync(number, cancellationToken);
        var directory = Directory.CreateTempSubdirectory("sfw-doctor-").FullName;
        try
        {
            var (session, problem) = await ExecSession.OpenAsync(home, client, agent, time, cancellationToken);
            if (session is null)
            {
                return [new DoctorFinding("runtimes", Health.Broken, problem)];
            }

            await using (session)
            {
                var caFile = Path.Combine(directory, "upstream-ca.pem");
                await File.WriteAllTextAsync(caFile, upstream.CaPem, cancellationToken);
                var route = new ProbeRequest(session.Id, $"{RuntimeProbe.Host}:443", upstream.EndPoint.ToString(), caFile);
                var routed = await client.CallAsync(ControlOperations.DoctorRoute, route, cancellationToken);
                if (routed.Failure is { } failure)
                {
                    return [new DoctorFinding("runtimes", Health.Broken, failure.Message)];
                }

                RuntimeProbe.WriteSources(directory);
                var findings = new List<DoctorFinding>();
                foreach (var probe in RuntimeProbe.All)
                {
                    findings.Add(await InspectAsync(home, probe, number, session, directory, cancellationToken));
                }

                return findings;
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private static async Task<DoctorFinding> InspectAsync(
        FirewallHome home, RuntimeProbe probe, string number, ExecSession session, string directory, CancellationToken cancellationToken)
    {
        var check = $"runtime_{probe.Name}";
        var command = probe.Command($"https://{RuntimeProbe.Host}{ProbeUpstream.PathOf(probe)}");
        if (ExecutablePath.Find(probe.Name) is null && command[0] == probe.Name)
        {
            return new DoctorFinding(check, Health.Absent, "Not on this machine.");
        }

        var before = AuditReader.LastSequence(home.AuditDirectory);
        var output = await ProbeRun.RunAsync(command, session.Environment, directory, cancellationToken);
        return output.Contains(number, StringComparison.Ordinal)
            ? new DoctorFinding(check, Health.Well, "Goes through the proxy and trusts the CA.")
            : Explain(check, probe, AuditReader.Read(home.AuditDirectory).Where(e => e.Sequence > before && e.Record.Destination?.Host == RuntimeProbe.Host));
    }

    private static DoctorFinding Explain(string check, RuntimeProbe probe, IEnumerable<AuditEntry> recorded)
    {
        var records = recorded.Select(e => e.Record).ToList();
        if (records.FirstOrDefault(r => r.Type == AuditTypes.Outcome) is { } outcome)
        {
            return outcome.Verdict == Verdict.Refused && outcome.Blame == Blame.Policy
                ? new DoctorFinding(check, Health.Well, $"Goes through the proxy and trusts the CA (the policy refuses {RuntimeProbe.Host}, by {outcome.Rule}).")
                : new DoctorFinding(check, Health.Warning, $"Goes through the proxy and trusts the CA, but its request failed: {outcome.Code ?? outcome.Verdict?.Word()}.");
        }

        return records.Exists(r => r.Type == AuditTypes.ClientRejectedCa)
            ? new DoctorFinding(check, Health.Warning, $"Goes through the proxy, but does not trust the CA. {probe.Hint}")
            : new DoctorFinding(check, Health.Warning, $"Does not go through the proxy. {probe.Hint}");
    }
}
