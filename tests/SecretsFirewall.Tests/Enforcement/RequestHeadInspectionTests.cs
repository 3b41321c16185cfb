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

    /// <summary>Soft line ends join what stands in two fields, for a reader of quoted-printable: the finding is longer than the value that it begins in.</summary>
    [Fact]
    public void Inspect_FindingThatRunsOnIntoTheNextField_IsRefused()
    {
        var detection = Detection(Bodies.Secret);
        var (context, exchange) = Request();
        context.Request.Headers["X-First"] = Bodies.Secret[..^4] + "=";
        context.Request.Headers[Bodies.Secret[^4..]] = "x";

        var refusal = Inspect(context, exchange, detection);

        Assert.Equal(RefusalCode.SecretBlocked, refusal?.Code);
        Assert.Equal(FindingAction.Block, Assert.Single(exchange.Findings).Action);
    }

    [Fact]
    public void Inspect_FindingThatRunsOnFromTheTarget_IsRefused()
    {
        var (context, exchange) = Request();
        exchange.Target = $"/?q={Bodies.Secret[..^4]}=";
        context.Request.Headers[Bodies.Secret[^4..]] = "x";

        Assert.Equal(RefusalCode.SecretBlocked, Inspect(context, exchange, Detection(Bodies.Secret))?.Code);
    }

    private static string Authorization(string sent, string registered)
    {
        var (context, exchange) = Request();
        context.Request.Headers.Authorization = sent;
        Assert.Null(Inspect(context, exchange, Detection(registered)));
        return context.Request.Headers.Authorization.ToString();
    }

    private static DetectionSnapshot Detection(string registered) =>
        DetectionSnapshot.Build([new RegisteredValue(SecretName.Create("blob"), Encoding.ASCII.GetBytes(registered))], new byte[32]);

    private static (DefaultHttpContext Context, Exchange Exchange) Request()
    {
        var exchange = new Exchange
        {
            Id = "1",
            StartedAt = DateTimeOffset.UnixEpoch,
            Agent = new AgentIdentity("ada", 1, MayBind: false, "ada"),
            Destination = new Destination("https", "tool.example", 443),
            Method = "GET",
            Target = "/",
        };
        return (new DefaultHttpContext(), exchange);
    }

    private static Refusal? Inspect(HttpContext context, Exchange exchange, DetectionSnapshot detection)
    {
        // An agent that may not bind has no use for a vault.
        var inspection = new CarrierInspection(exchange, Bodies.Masking, new Binder(null!, exchange), detection);
        var inForce = new InForce(PolicySnapshot.DenyAll, detection, RuleAudiences.None);
        return RequestHeadInspection.Inspect(context, exchange, detection, inspection, new Audience(exchange, inForce));
    }
}
