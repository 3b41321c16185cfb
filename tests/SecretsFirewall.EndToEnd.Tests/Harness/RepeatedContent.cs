using System.Net;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>One block many times, with a declared length.</summary>
internal sealed class RepeatedContent(byte[] block, long times) : HttpContent
{
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var i = 0L; i < times; i++)
        {
            await stream.WriteAsync(block);
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = block.Length * times;
        return true;
    }
}
