using System.Net;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>A request body of unknown length whose parts leave one by one; the last waits for <paramref name="gate"/> where there is one.</summary>
internal sealed class PartsContent(Gate? gate, params IReadOnlyList<byte[]> parts) : HttpContent
{
    public PartsContent(params IReadOnlyList<byte[]> parts)
        : this(null, parts)
    {
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var i = 0; i < parts.Count; i++)
        {
            if (gate is not null && i == parts.Count - 1)
            {
                await gate.PassAsync();
            }

            await stream.WriteAsync(parts[i]);
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
