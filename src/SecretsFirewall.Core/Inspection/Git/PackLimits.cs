namespace SecretsFirewall.Inspection.Git;

/// <summary>Bounds of a pack. What goes beyond is not read, and so not passed.</summary>
/// <param name="Objects">In one pack. The largest public repositories have ten million and some.</param>
/// <param name="ObjectBytes">Inflated, of one object. Objects stream, so this bounds time, not memory.</param>
public sealed record PackLimits(long Objects = 20_000_000, long ObjectBytes = 4L * 1024 * 1024 * 1024)
{
    /// <summary>Up to here an object is inspected whole, and kept as a base. Source files are far smaller.</summary>
    internal const int WholeBytes = 1024 * 1024;

    /// <summary>All bases that are kept.</summary>
    internal const int BaseBytes = 16 * 1024 * 1024;

    /// <summary>The longest chain of deltas that git itself makes (<c>pack.depth</c>).</summary>
    internal const int Depth = 4095;

    /// <summary>Deltas are rebuilt as long as they give no more than this and, beyond it, <see cref="RebuiltPerByte"/> for each byte of the pack.</summary>
    internal const long RebuiltBytes = 256 * 1024 * 1024;

    internal const int RebuiltPerByte = 8;
}
