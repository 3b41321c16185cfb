using System.Runtime.Intrinsics;

namespace SecretsFirewall.Inspection.Detection.Encodings;

/// <summary>The characters of one alphabet, 64 bytes of text at a time.</summary>
internal interface IRunCharacters
{
    /// <summary>A bit for each byte that is one of them.</summary>
    static abstract ulong In(Vector512<byte> bytes);
}
