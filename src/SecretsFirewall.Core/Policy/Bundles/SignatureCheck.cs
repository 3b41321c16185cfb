namespace SecretsFirewall.Policy.Bundles;

/// <summary>
/// Whether an envelope is signed as roles demand. Every signature on it must be a good one of a key that is trusted: a bad one is a reason to stop,
/// also where enough others are there.
/// </summary>
internal static class SignatureCheck
{
    /// <summary>Null if every role has its signatures.</summary>
    public static BundleRefusal? Check(Envelope envelope, IReadOnlyList<TrustRole> roles, DateTimeOffset now)
    {
        var good = new List<TrustedKey>();
        if (envelope.Signatures.Count == 0)
        {
            return new(BundleFault.Unsigned, "Nobody has signed it.");
        }

        var signed = envelope.SignedBytes();
        foreach (var signature in envelope.Signatures)
        {
            if (roles.Select(role => role.Find(signature.KeyId)).FirstOrDefault(key => key is not null) is not { } key)
            {
                return new(BundleFault.UntrustedKey, $"A signature is by the key {Shown(signature.KeyId)}, which is not trusted for it.");
            }

            if (key.HasExpired(now))
            {
                return new(BundleFault.KeyExpired, $"The key {key.Name} expired on {key.ExpiresAt:u}.");
            }

            if (!key.Verify(signed, signature.Bytes))
            {
                return new(BundleFault.BadSignature, $"The signature of the key {key.Name} does not fit the content.");
            }

            good.Add(key);
        }

        foreach (var role in roles)
        {
            var count = good.Count(key => role.Find(key.Id) is not null);
            if (count < role.Threshold)
            {
                return new(BundleFault.BelowThreshold, $"{count} of the {role.Threshold} signatures are there that the role '{role.Name}' demands.");
            }
        }

        return null;
    }

    // The id stands in the message, so anything may stand there.
    private static string Shown(string id) => id.Length == 64 && id.All(char.IsAsciiHexDigit) ? id : "(no key id)";
}
