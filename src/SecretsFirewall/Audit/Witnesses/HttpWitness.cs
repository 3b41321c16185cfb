using System.Globalization;
using System.Net.Http.Headers;

namespace SecretsFirewall.Audit.Witnesses;

/// <summary>POSTs each checkpoint as JSON; any 2xx means that it is kept.</summary>
/// <param name="http">Checks the server's certificate.</param>
internal sealed class HttpWitness(HttpMessageInvoker http, Uri address) : IWitness
{
    public string Name => address.GetLeftPart(UriPartial.Path);

    public async Task<string?> SendAsync(AuditPosition position, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(WitnessLine.Write(position)) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            return response.IsSuccessStatusCode ? null : string.Create(CultureInfo.InvariantCulture, $"It answered {(int)response.StatusCode}.");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return $"It cannot be reached: {e.Message}";
        }
    }
}
