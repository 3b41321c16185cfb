namespace SecretsFirewall.Inspection.Detection.Rules.Checksums;

/// <summary>A proof inside a token that it is one.</summary>
internal abstract class Checksum
{
    /// <param name="token">The whole finding.</param>
    /// <param name="body">Where the part begins that is not the literal.</param>
    public abstract bool IsValid(ReadOnlySpan<byte> token, int body);

    /// <summary>Makes the checksum of a made-up token right.</summary>
    public abstract void Correct(Span<byte> token, int body);
}
