using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging.Abstractions;
using SecretsFirewall.Enforcement;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Model;
using SecretsFirewall.Policy;
using SecretsFirewall.Tests.Inspection;
using SecretsFirewall.Tests.Inspection.Rules;
using SecretsFirewall.Tests.Vault;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Tests.Enforcement;

/// <summary>What an agent may do with a value that nobody registered: use it by name at its provider, and nothing else.</summary>
public sealed class SessionCaptureTests : IDisposable
{
    private const string Home = "api.github.com";

    private static readonly DetectionRule Rule = ShippedRules.Set.Enabled.First(rule => rule.Kind is RuleKind.Token && rule.Description.IsAudience(Home));

    private static readonly DetectionSnapshot Detection = DetectionSnapshot.Build([], new byte[32], [Rule]);

    private static readonly InForce InForce = new(
        PolicySnapshot.DenyAll, Detection, new RuleAudiences([Rule], new Dictionary<string, ImmutableArray<string>> { [Rule.Id] = ["git.example.com"] }));

    private static readonly RedactionPlan Plan = Bodies.Masking with { Reference = FindingAction.Block };

    private readonly FakeTime _time = new();
    private readonly SecretVault _vault = EmptyVault();
    private readonly CapturedValues _captured;
    private readonly string _value = Encoding.ASCII.GetString(Rule.MakeSecret()!);

    public SessionCaptureTests() => _captured = new CapturedValues(_time);

    public void Dispose()
    {
        _captured.Dispose();
        _vault.Dispose();
    }

    [Theory]
    [InlineData("Authorization", "{}")]
    [InlineData("Authorization", "Bearer {}")]
    [InlineData("authorization", "token {}")]
    [InlineData("X-Api-Key", "{}")]
    [InlineData("Private-Token", "{}")]
    public void Reference_InAFieldOfAuthenticationAtHome_IsBound(string field, string format)
    {
        var reference = Capture();

        Assert.Equal(Fill(format, _value), Send(field, Fill(format, reference)));
    }

    [Fact]
    public void Reference_AtAHostThatThePolicyAdds_IsBound()
    {
        var reference = Capture();

        var (context, refusal) = Inspect(Exchange("ada", At("git.example.com")), ("Authorization", $"Bearer {reference}"));

        Assert.Null(refusal);
        Assert.Equal($"Bearer {_value}", context.Request.Headers.Authorization.ToString());
    }

    [Fact]
    public void Reference_OfAValueThatAnotherRuleNamed_IsBoundByItsFormat()
    {
        var name = SecretName.Create("auto.generic-token.0a1b2c3d");
        _captured.Keep("ada", "generic-token", name, Encoding.ASCII.GetBytes(_value));

        Assert.Equal($"Bearer {_value}", Send("Authorization", $"Bearer {SecretReference.Format(name)}"));
    }

    [Fact]
    public void Reference_OfAValueThatIsNotAtHomeThere_IsRefused()
    {
        var name = SecretName.Create("auto.generic-token.0a1b2c3d");
        _captured.Keep("ada", "generic-token", name, "some-other-value-0123456789"u8);

        AssertRefused(Exchange("ada", At(Home)), "Authorization", $"Bearer {SecretReference.Format(name)}");
    }

    [Fact]
    public void Reference_InBasicCredentialsAtHome_IsBoundInside()
    {
        var reference = Capture();

        Assert.Equal($"Basic {Base64($"robot:{_value}")}", Send("Authorization", $"Basic {Base64($"robot:{reference}")}"));
    }

    [Theory]
    [InlineData("X-Note", "{}", Home, 443, "ada")]
    [InlineData("Cookie", "{}", Home, 443, "ada")]
    [InlineData("Authorization", "Bearer {} {}", Home, 443, "ada")]
    [InlineData("Authorization", "Bearer {}, and more", Home, 443, "ada")]
    [InlineData("Authorization", "a b {}", Home, 443, "ada")]
    [InlineData("Authorization", "Bearer {}", "api.openai.com", 443, "ada")]
    [InlineData("Authorization", "Bearer {}", "api.github.com.example.net", 443, "ada")]
    [InlineData("Authorization", "Bearer {}", Home, 8443, "ada")]
    [InlineData("Authorization", "Bearer {}", Home, 443, "bob")]
    public void Reference_AnywhereElseOrOfAnotherAgent_IsRefused(string field, string format, string host, int port, string agent)
    {
        var reference = Capture();
        _captured.Keep("bob", Rule.Id, SecretName.Create($"auto.{Rule.Id}.00000000"), Rule.MakeSecret());

        AssertRefused(Exchange(agent, new Destination("https", host, port)), field, Fill(format, reference));
    }

    [Fact]
    public void Reference_OutsideOfTls_IsRefused()
    {
        var reference = Capture();

        AssertRefused(Exchange("ada", new Destination("http", Home, 443)), "Authorization", $"Bearer {reference}");
    }

    [Fact]
    public void Reference_OfAnAgentThatMayNotBind_IsRefused()
    {
        var reference = Capture();

        AssertRefused(Exchange("ada", new Destination("https", Home, 443), mayBind: false), "Authorization", $"Bearer {reference}");
    }

    [Fact]
    public void Reference_TwiceInOneRequest_IsRefused()
    {
        var reference = Capture();

        var (_, refusal) = Inspect(Exchange("ada", At(Home)), ("Authorization", $"Bearer {reference}"), ("X-Api-Key", reference));

        Assert.Equal(RefusalCode.UnboundReference, refusal?.Code);
    }

    [Fact]
    public void Reference_AnHourAfterItsLastUse_IsRefused()
    {
        var reference = Capture();
        _time.Advance(CapturedValues.IdleTime);

        AssertRefused(Exchange("ada", At(Home)), "Authorization", $"Bearer {reference}");
    }

    [Fact]
    public void Reference_ThatTwoValuesHave_IsRefused()
    {
        var reference = Capture();
        _captured.Keep("ada", Rule.Id, NameIn(reference), Rule.MakeSecret());

        AssertRefused(Exchange("ada", At(Home)), "Authorization", $"Bearer {reference}");
    }

    [Fact]
    public void Reference_InTheQueryAtHome_IsRefused()
    {
        var reference = Capture();
        var exchange = Exchange("ada", At(Home), target: $"/user?access_token={reference}");

        Assert.Equal(RefusalCode.UnboundReference, Inspect(exchange).Refusal?.Code);
    }

    [Fact]
    public void Reference_InABodyAtHome_IsRefused()
    {
        var body = Encoding.ASCII.GetBytes($$"""{"authorization":"{{Capture()}}"}""");
        var exchange = Exchange("ada", At(Home));
        var refusal = Inspection(exchange).Inspect(
            body,
            Detection.Find(body),
            (text, found) => new Place(BindingPlace.Json, "/authorization", (int)found.Start, found.Length, text.Slice((int)found.Start, found.Length).ToArray()),
            ofUntouchable: null,
            isAtHome: static (_, _) => false,
            _ => (Carrier.Body, "/authorization"),
            []);

        Assert.Equal(RefusalCode.UnboundReference, refusal?.Code);
    }

    [Fact]
    public void Keep_WhatIsEscapedOrOfNoRule_IsNotKept()
    {
        var exchange = Exchange("ada", At(Home));
        var capture = new SessionCapture(_captured, exchange, InForce.Audiences);
        var found = new Detection(0, 20, FindingKind.Rule, Rule.Id, NameIn("SECRET_REF(auto.x.00000000)"), ValueForm.Plain, 0);

        capture.Keep(found, Encoding.ASCII.GetBytes("line\\nline-0123456789"));
        capture.Keep(found, Encoding.ASCII.GetBytes("percent%2Fcoded-01234"));
        capture.Keep(found with { Form = ValueForm.Base64 }, Encoding.ASCII.GetBytes(_value));
        capture.Keep(found with { Kind = FindingKind.Registered }, Encoding.ASCII.GetBytes(_value));
        capture.Keep(found with { Rule = "agent-token" }, Encoding.ASCII.GetBytes(_value));

        Assert.Empty(_captured.List());
    }

    /// <summary>Masks the value on its way to a model, as the agent that has read it would send it; gives the reference.</summary>
    private string Capture()
    {
        var (context, refusal) = Inspect(Exchange("ada", At("api.anthropic.com")), ("X-Prompt", _value));
        Assert.Null(refusal);
        var reference = context.Request.Headers["X-Prompt"].ToString();
        Assert.StartsWith($"SECRET_REF(auto.{Rule.Id}.", reference, StringComparison.Ordinal);
        return reference;
    }

    private string Send(string field, string value)
    {
        var (context, refusal) = Inspect(Exchange("ada", At(Home)), (field, value));
        Assert.Null(refusal);
        return context.Request.Headers[field].ToString();
    }

    private void AssertRefused(Exchange exchange, string field, string value)
    {
        var (_, refusal) = Inspect(exchange, (field, value));
        Assert.Equal(RefusalCode.UnboundReference, refusal?.Code);
    }

    private (HttpContext Context, Refusal? Refusal) Inspect(Exchange exchange, params (string Name, string Value)[] headers)
    {
        var context = new DefaultHttpContext();
        foreach (var (name, value) in headers)
        {
            context.Request.Headers[name] = value;
        }

        return (context, RequestHeadInspection.Inspect(context, exchange, Detection, Inspection(exchange), new Audience(exchange, InForce)));
    }

    private CarrierInspection Inspection(Exchange exchange)
    {
        var capture = new SessionCapture(_captured, exchange, InForce.Audiences);
        return new CarrierInspection(exchange, Plan, new Binder(_vault, exchange, capture), Detection, capture);
    }

    private static SecretVault EmptyVault()
    {
        using var key = MasterKey.Create(RandomNumberGenerator.GetBytes(MasterKey.Length));
        return SecretVault.Open(
            new VaultInMemory(), key, TimeProvider.System, NullLogger.Instance, out _)!;
    }

    private static Exchange Exchange(string agent, Destination destination, bool mayBind = true, string target = "/user") => new()
    {
        Id = "1",
        StartedAt = DateTimeOffset.UnixEpoch,
        Agent = new AgentIdentity(agent, 1, mayBind, agent),
        Destination = destination,
        Method = "GET",
        Target = target,
    };

    private static Destination At(string host) => new("https", host, 443);

    private static SecretName NameIn(string reference) =>
        SecretReference.TryRead(Encoding.ASCII.GetBytes(reference), out var name, out _) ? name : throw new ArgumentException("No reference.", nameof(reference));

    private static string Fill(string format, string value) => format.Replace("{}", value, StringComparison.Ordinal);

    private static string Base64(string text) => Convert.ToBase64String(Encoding.ASCII.GetBytes(text));
}
