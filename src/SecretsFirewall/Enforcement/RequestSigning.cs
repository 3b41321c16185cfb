using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Model;
using SecretsFirewall.Signing;
using SecretsFirewall.Vault;

namespace SecretsFirewall.Enforcement;

/// <summary>
/// Signs a request anew (AWS SigV4) with the key of a binding, so that the agent never holds it. The agent signs with the reference as its
/// secret key:
/// <code>
///   1 whose key id? ─┬─ nobody's ──────────────► not ours; passes as it is, or is blocked where something in it changed
///                    ├─ bound elsewhere ───────► unbound_ref
///                    └─ bound here ─ 2 take the signature out ─ … inspection … ─ 3 did the agent sign this? ─ 4 sign what leaves
/// </code>
/// <para>
/// Step 3 asks for the agent's own signature over what it sent, made with the reference. That proves no identity, since references are no
/// secret. But it keeps us from lending the key to a request that nobody meant to sign (a URL that somebody slipped to an agent and that is
/// damaged, or composed around a known key id), an error shows here with its reason and not as the service's riddle, and it tells how the
/// agent's signer writes paths: services differ in that, and nothing else in a request says which way is theirs. An agent that has the real key
/// may sign with it.
/// </para>
/// </summary>
internal sealed class RequestSigning
{
    private const string Rule = "signed_request";
    private const string Location = "aws signature";

    private readonly SecretVault _vault;
    private readonly SecretBinding _binding;
    private readonly SigningClaim _signed;

    private RequestSigning(SecretVault vault, SecretBinding binding, SigningClaim signed) => (_vault, _binding, _signed) = (vault, binding, signed);

    /// <summary>Takes the signature out of a request that a binding signs. Null for any other one, and after a refusal.</summary>
    public static RequestSigning? Begin(HttpContext context, Exchange exchange, ExchangeState state, SecretVault vault, out Refusal? refusal)
    {
        // 1 Whose key id?
        refusal = null;
        var id = SigningClaim.AccessKeyIdOf(context.Request.Headers, exchange.Target);
        if (id.Length == 0 || vault.SigningBindings(id) is not { Count: > 0 } bindings)
        {
            return null;
        }

        if (bindings.FirstOrDefault(one => IsHere(one, exchange)) is not { } binding)
        {
            Record(exchange, bindings[0].Secret, FindingAction.Block);
            refusal = Blocking.UnboundReference(bindings[0].Secret);
            return null;
        }

        // 2 Take it out.
        if (SigningClaim.Take(context, exchange, takeToken: binding.SessionToken is not null, out var problem) is not { } signed)
        {
            refusal = Refuse(problem);
            return null;
        }

        if (FindInClaim(signed.Claim, state.Detection) is { } secret)
        {
            exchange.Add(new Finding(secret.Kind, secret.Rule, secret.Name, Carrier.HeaderValue, Location, FindingAction.Block));
            refusal = Blocking.Explain(secret, "A secret stands in what the request's signature says about itself.");
            return null;
        }

        if (signed.Claim.AccessKeyId != binding.Key)
        {
            refusal = Refuse("The request's AWS signature can be read in more than one way.");
            return null;
        }

        if (binding.SessionToken is { } token && signed.Token != SecretReference.Format(token))
        {
            refusal = Refuse(
                "The access key is a temporary one, and the request does not name its session token.", $"Set AWS_SESSION_TOKEN to {SecretReference.Format(token)}.");
            return null;
        }

        return new RequestSigning(vault, binding, signed);
    }

    /// <summary>Signs what is about to leave; null if it may.</summary>
    public Refusal? Finish(HttpContext context, Exchange exchange, RequestBodyInspection body)
    {
        if (ReadPayload(context.Request.Headers, body, out var payloads) is { } unreadable)
        {
            return unreadable;
        }

        using var secret = new PooledOutput();
        if (!_vault.TryReveal(_binding.Secret, secret))
        {
            return Blocking.UnboundReference(_binding.Secret);
        }

        // 3 Did the agent sign this?
        using var key = new SigningKey(secret.Written.Span, _signed.Claim.Scope);
        using var reference = new SigningKey(SecretReference.FormatUtf8(_binding.Secret), _signed.Claim.Scope);
        if (!TryVerify(reference, payloads, out var form, out var payload) && !TryVerify(key, payloads, out form, out payload))
        {
            Record(exchange, _binding.Secret, FindingAction.Block);
            return Refuse(
                "The request's AWS signature does not fit what was sent.",
                $"Sign with {SecretReference.Format(_binding.Secret)} as the secret access key, and change nothing behind the signature.");
        }

        // 4 Sign what leaves.
        var headers = context.Request.Headers;
        var token = "";
        if (_binding.SessionToken is { } name && !TryRevealToken(name, out token))
        {
            return Refuse("The session token of the access key cannot be sent: it is gone from the vault, or no text for a header.");
        }

        if (headers.ContainsKey(SignedRequests.PayloadField))
        {
            headers[SignedRequests.PayloadField] = payload.Leaving;
        }

        if (_binding.SessionToken is not null && !_signed.IsPresigned)
        {
            headers[SigningClaim.TokenField] = token;
        }

        var target = _signed.IsPresigned ? PresignedTarget.Complete(exchange.Target, _signed.Leaving, token.Length > 0 ? token : null) : exchange.Target;
        if (_signed.CoveredNow(context, exchange, target) is not { } leaving)
        {
            return Refuse("What the signature of the request rests on was masked.");
        }

        var signature = leaving.Sign(key.Bytes, _signed.Claim.Scope, form, payload.Leaving);
        if (_signed.IsPresigned)
        {
            exchange.Target = PresignedTarget.Sign(target, signature);
        }
        else
        {
            headers.Authorization = (_signed.Leaving with { Signature = signature }).ToAuthorization();
        }

        Record(exchange, _binding.Secret, FindingAction.Bind);
        return null;
    }

    private static bool IsHere(SecretBinding binding, Exchange exchange) =>
        exchange is { Agent.MayBind: true, Destination.IsTls: true }
        && (binding.Host, binding.Port) == (exchange.Destination.Host, exchange.Destination.Port)
        && binding.Reaches(exchange);

    /// <summary>Region, service and field names leave as the agent wrote them, and no other inspection sees them.</summary>
    private static Detection? FindInClaim(SigV4Claim claim, DetectionSnapshot detection)
    {
        var found = new List<Detection>();
        detection.Find(Encoding.Latin1.GetBytes($"{claim.Scope} {claim.SignedHeaderList}"), found);
        return found.Find(static one => one.Kind is FindingKind.Canary or FindingKind.Registered or FindingKind.Rule or FindingKind.Unread) is { Length: > 0 } secret
            ? secret
            : null;
    }

    /// <summary>What the agent may have signed as the hash of its body, the likeliest first, each with what takes its place.</summary>
    private Refusal? ReadPayload(IHeaderDictionary headers, RequestBodyInspection body, out List<Payload> payloads)
    {
        payloads = [];
        var declared = headers.TryGetValue(SignedRequests.PayloadField, out var field) ? field.ToString() : null;
        var received = body.Received is { } came ? SignableRequest.HashOf(came.Span) : null;
        var leaving = body.Leaving is { } goes && !goes.Equals(body.Received) ? SignableRequest.HashOf(goes.Span) : received;
        var isChanged = received != leaving;
        if (isChanged && SignedRequests.HasDigest(headers))
        {
            return Refuse("What would be masked in the body is covered by a checksum that is not made anew here.");
        }

        if (declared is { Length: 64 })
        {
            if (received is not null && received != declared)
            {
                return Refuse("The request's body is not the one that X-Amz-Content-Sha256 declares.");
            }

            payloads.Add(new Payload(declared, leaving ?? declared)); // what streams is passed unchanged, and the service holds it against the hash
        }
        else if (declared is "STREAMING-UNSIGNED-PAYLOAD-TRAILER" or SignableRequest.UnsignedPayload)
        {
            payloads.Add(new Payload(declared, declared));
        }
        else if (declared is not null)
        {
            return Refuse(
                "The request signs each chunk of its body, which is not made anew here.",
                "Let the client send an unsigned or wholly hashed payload: over TLS that is the SDKs' own default.");
        }

        if (_signed.IsPresigned)
        {
            payloads.Add(new Payload(SignableRequest.UnsignedPayload, SignableRequest.UnsignedPayload));
        }

        if (declared is null && received is not null)
        {
            payloads.Add(new Payload(received, leaving!));
        }

        return payloads.Count > 0 ? null : Refuse(
            "The signed request declares no hash of its body, and the body is too large to be read before it is signed.",
            "Let the client send X-Amz-Content-Sha256.");
    }

    private bool TryVerify(SigningKey key, List<Payload> payloads, out CanonicalForm form, out Payload payload)
    {
        var claimed = Encoding.ASCII.GetBytes(_signed.Claim.Signature);
        foreach (var one in payloads)
        {
            foreach (var candidate in CanonicalForm.All)
            {
                var signature = _signed.Covered.Sign(key.Bytes, _signed.Claim.Scope, candidate, one.Received);
                if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(signature), claimed))
                {
                    (form, payload) = (candidate, one);
                    return true;
                }
            }
        }

        (form, payload) = (default, default);
        return false;
    }

    private bool TryRevealToken(SecretName name, out string token)
    {
        using var value = new PooledOutput();
        token = _vault.TryReveal(name, value) && !value.Written.Span.ContainsAnyExceptInRange((byte)'!', (byte)'~')
            ? Encoding.ASCII.GetString(value.Written.Span)
            : "";
        return token.Length > 0;
    }

    private static void Record(Exchange exchange, SecretName secret, FindingAction action) =>
        exchange.Add(new Finding(FindingKind.Reference, Detection.ReferenceRule, secret, Carrier.HeaderValue, Location, action));

    private static Refusal Refuse(string detail, string? advice = null) => new(RefusalCode.UnboundReference, detail, Rule, advice);

    /// <param name="Received">As the agent signed it.</param>
    /// <param name="Leaving">As it is to be signed.</param>
    private readonly record struct Payload(string Received, string Leaving);
}
