using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// A DSSE envelope (github.com/secure-systems-lab/dsse, protocol 1.0.2): a payload, its type, and signatures over
/// <c>"DSSEv1" SP len SP type SP len SP payload</c>. Ours has exactly one spelling: what is not byte for byte what <see cref="Write"/> would
/// write is refused, so that no byte of the file can change without notice, not even a blank.
/// </summary>
internal sealed class Envelope
{
    public const string BundleType = "application/vnd.secretsfirewall.policy-bundle.v1+json";

    public const string RootType = "application/vnd.secretsfirewall.policy-root.v1+json";

    public const string ResetType = "application/vnd.secretsfirewall.policy-reset.v1+json";

    /// <summary>A large policy has some 100 KB; a larger file than this is read by nobody.</summary>
    public const int MaxBytes = 16 << 20;

    // More people than this sign no policy.
    private const int MaxSignatures = 32;

    private Envelope(string type, byte[] payload, IReadOnlyList<EnvelopeSignature> signatures)
    {
        Type = type;
        Payload = payload;
        Signatures = signatures;
    }

    public string Type { get; }

    /// <summary>What is signed, as it came: it is verified first and parsed afterwards, from this buffer.</summary>
    public byte[] Payload { get; }

    /// <summary>By key id.</summary>
    public IReadOnlyList<EnvelopeSignature> Signatures { get; }

    /// <summary>SHA-256 of the payload in hex: who the content is, whoever signed it.</summary>
    public string Sha256 => Convert.ToHexStringLower(SHA256.HashData(Payload));

    public static Envelope Of(string type, byte[] payload) => new(type, payload, []);

    /// <param name="type">The only payload type that is taken.</param>
    public static Envelope? Read(ReadOnlySpan<byte> file, string type, out BundleRefusal? refusal)
    {
        refusal = null;
        if (file.Length > MaxBytes)
        {
            refusal = new(BundleFault.TooLarge, $"The file has more than {MaxBytes} bytes.");
            return null;
        }

        EnvelopeDocument? document;
        try
        {
            document = JsonSerializer.Deserialize(file, BundleJson.Default.EnvelopeDocument);
        }
        catch (JsonException)
        {
            document = null;
        }

        if (document is null || Payloads(document) is not { } payload || document.Signatures.Length > MaxSignatures)
        {
            refusal = new(BundleFault.Malformed, "This is no signed envelope of this program.");
            return null;
        }

        if (document.PayloadType != type)
        {
            refusal = new(BundleFault.Malformed, $"The envelope holds another thing than {type}.");
            return null;
        }

        var signatures = new List<EnvelopeSignature>();
        foreach (var signature in document.Signatures)
        {
            if (!TryDecode(signature.Sig, out var bytes))
            {
                refusal = new(BundleFault.Malformed, "A signature of the envelope is no base64.");
                return null;
            }

            signatures.Add(new EnvelopeSignature(signature.Keyid, bytes));
        }

        if (signatures.Select(one => one.KeyId).Distinct(StringComparer.Ordinal).Count() != signatures.Count)
        {
            refusal = new(BundleFault.DuplicateSignature, "One key has signed twice.");
            return null;
        }

        var envelope = new Envelope(type, payload, signatures);
        if (!envelope.Write().AsSpan().SequenceEqual(file))
        {
            refusal = new(BundleFault.Malformed, "The envelope is not written as this program writes it: it was changed, or made by another. `sfw policy sign` writes it anew.");
            return null;
        }

        return envelope;
    }

    /// <summary>What a signature covers: DSSE's pre-authentication encoding.</summary>
    public byte[] SignedBytes() => SignedBytes(Type, Payload);

    /// <summary>With one more signature, or another one of the same key.</summary>
    public Envelope With(EnvelopeSignature signature) =>
        new(Type, Payload, [.. Signatures.Where(one => one.KeyId != signature.KeyId).Append(signature).OrderBy(one => one.KeyId, StringComparer.Ordinal)]);

    /// <summary>The one spelling: no blanks, members and signatures in their order, padded base64, a line break at the end.</summary>
    public byte[] Write()
    {
        var text = new StringBuilder(Base64.GetMaxEncodedToUtf8Length(Payload.Length) + 512);
        text.Append("{\"payloadType\":\"").Append(Type).Append("\",\"payload\":\"").Append(Convert.ToBase64String(Payload)).Append("\",\"signatures\":[");
        text.AppendJoin(',', Signatures.OrderBy(one => one.KeyId, StringComparer.Ordinal).Select(one => $"{{\"keyid\":\"{one.KeyId}\",\"sig\":\"{Convert.ToBase64String(one.Bytes)}\"}}"));
        return Encoding.UTF8.GetBytes(text.Append("]}\n").ToString());
    }

    private static byte[] SignedBytes(string type, byte[] payload) =>
        [.. Encoding.UTF8.GetBytes($"DSSEv1 {Encoding.UTF8.GetByteCount(type)} {type} {payload.Length} "), .. payload];

    private static byte[]? Payloads(EnvelopeDocument document) => TryDecode(document.Payload, out var payload) ? payload : null;

    private static bool TryDecode(string text, out byte[] bytes)
    {
        bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(text.Length)];
        if (!Convert.TryFromBase64String(text, bytes, out var length))
        {
            return false;
        }

        bytes = bytes[..length];
        return true;
    }
}

/// <summary>One signature of an envelope. The key id narrows which key is tried; what the key can do stands in the root of trust alone.</summary>
internal readonly record struct EnvelopeSignature(string KeyId, byte[] Bytes);
