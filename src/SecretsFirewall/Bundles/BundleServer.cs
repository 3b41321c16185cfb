using System.Net;
using System.Net.Http.Headers;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Bundles;

/// <summary>A server that offers a bundle at an address. What it says is worth no more than the signatures on it.</summary>
/// <param name="http">Checks the server's certificate.</param>
internal sealed class BundleServer(HttpMessageInvoker http, Uri address, TimeProvider time)
{
    private static readonly TimeSpan Timeout = TimeSpan.FromMinutes(1);

    public string Host => address.Host;

    /// <summary>Asks once.</summary>
    /// <param name="known">Of the file that was taken before; null to be told anew.</param>
    public async Task<BundleAnswer> AskAsync(EntityTagHeaderValue? known, CancellationToken cancellation)
    {
        using var timeout = new CancellationTokenSource(Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            return await SendAsync(known, both.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return BundleAnswer.Nothing("The server did not answer in time.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return BundleAnswer.Nothing("The server cannot be reached, or broke off.") with { Fault = e };
        }
    }

    private async Task<BundleAnswer> SendAsync(EntityTagHeaderValue? known, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        if (known is not null)
        {
            request.Headers.IfNoneMatch.Add(known);
        }

        using var response = await http.SendAsync(request, cancellation);
        if (response.StatusCode is HttpStatusCode.NotModified && known is not null)
        {
            return new BundleAnswer(null, known, null);
        }

        if (response.StatusCode is not HttpStatusCode.OK)
        {
            return BundleAnswer.Nothing($"The server answered {(int)response.StatusCode}.");
        }

        return await ReadAsync(response.Content, cancellation) is { } file
            ? new BundleAnswer(file, response.Headers.ETag, null)
            : BundleAnswer.Nothing($"The server's answer has more than {Envelope.MaxBytes} bytes.");
    }

    private static async Task<byte[]?> ReadAsync(HttpContent content, CancellationToken cancellation)
    {
        if (content.Headers.ContentLength > Envelope.MaxBytes)
        {
            return null;
        }

        await using var stream = await content.ReadAsStreamAsync(cancellation);
        using var file = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var length)
        {
            file.Write(buffer.AsSpan(0, length));
            if (file.Length > Envelope.MaxBytes)
            {
                return null;
            }
        }

        return file.ToArray();
    }
}

/// <param name="File">Null where there is nothing new, or nothing at all.</param>
/// <param name="Tag">Of the file.</param>
/// <param name="Problem">Why there is nothing; null if the server answered as it should.</param>
internal sealed record BundleAnswer(byte[]? File, EntityTagHeaderValue? Tag, string? Problem)
{
    /// <summary>What the connection said; for the log.</summary>
    public Exception? Fault { get; init; }

    public static BundleAnswer Nothing(string problem) => new(null, null, problem);
}
