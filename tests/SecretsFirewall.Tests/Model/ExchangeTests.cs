using SecretsFirewall.Audit;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Model;

public sealed class ExchangeTests
{
    [Fact]
    public void Findings_OfAnEndlessStream_AreCountedAndNotKept()
    {
        const int All = 100_000;
        var exchange = new Exchange
        {
            Id = "1",
            StartedAt = DateTimeOffset.UnixEpoch,
            Agent = new AgentIdentity("ada", 1, MayBind: true, "ada"),
            Destination = new Destination("https", "tool.example", 443),
            Target = "/",
        };

        for (var i = 0; i < All; i++)
        {
            exchange.Add(new Finding(FindingKind.Registered, "registry", SecretName.Create($"made-up-{i}"), Carrier.Body, $"response@{i}", FindingAction.Mask));
        }

        Assert.Equal(Exchange.MostLocatedFindings + 1, exchange.Findings.Count);
        Assert.Equal(All, exchange.Findings.Sum(finding => finding.Count));
        Assert.Equal(All, AuditFinding.Aggregate(exchange.Findings).Sum(finding => finding.Count));
    }
}
