using System.Buffers;
using SecretsFirewall.Model;

namespace SecretsFirewall.Enforcement;

/// <summary>Changes a decoded body on its way, as far as it may leave.</summary>
internal interface IBodyRewriter : IDisposable
{
    /// <summary>Takes a chunk, empty with the body's end, and appends what is safe. False once nothing more may leave.</summary>
    bool Take(ReadOnlySpan<byte> chunk, bool isLast, IBufferWriter<byte> output);

    /// <summary>Why nothing more may leave.</summary>
    Refusal Explain();
}
