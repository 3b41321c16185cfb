using System.Text;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;

namespace SecretsFirewall.Tests.Enforcement;

public sealed class RequestHeadInspectionTests
{
    [Fact]
    public void Inspect_BasicCredentialsRegisteredAsTheyStand_AreMasked()
    {
        var blob = Convert.ToBase64String("svc:not-a-real-password-0123"u8);

        Assert.Equal("Basic SECRET_REF(blob)", Authorization($"Basic {blob}", blob));
    }

    [Fact]
    public void Inspect_BasicCredentialsThatHoldAValue_AreMaskedInside()
    {
        var credentials = Convert.ToBase64String(Encoding.ASCII.GetBytes($"svc:{Bodies.Secret}"));

        Assert.Equal($"Basic {Convert.ToBase64String("svc:SECRET_REF(blob)"u8)}", Authorization($"Basic {credentials}", Bodies.Secret));
    }

    private static string Authorization(string sent, string registered)
    {
        var detection = DetectionSnapshot.Build([new RegisteredValue(SecretName.Create("blob"), Encoding.ASCII.GetBytes(registered))], new byte[32]);
        var exchange = new Exchange
        {
            Id = "1",
            StartedAt = DateTimeOffset.UnixEpoch,
            Agent = new AgentIdentity("ada", 1, MayBind: false, "ada"),
            Destination = new Destination("https", "tool.example", 443),
            Method = "GET",
            Target = "/",
        };
        var context = new DefaultHttpContext();
        context.Request.Headers.Authorization = sent;

        // An agent that may not bind has no use for a vault.
        var inspection = new CarrierInspection(exchange, Bodies.Masking, new Binder(null!, exchange), detection);
        var inForce = new InForce(PolicySnapshot.DenyAll, detection, RuleAudiences.None);
        Assert.Null(RequestHeadInspection.Inspect(context, exchange, detection, inspection, new Audience(exchange, inForce)));
        return context.Request.Headers.Authorization.ToString();
    }
}
