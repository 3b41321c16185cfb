using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;

namespace SecretsFirewall.Audit.Witnesses;

/// <summary>
/// Has the checkpoint's text time-stamped (RFC 3161): a stranger's signature and clock. Text and answer are kept as <c>SEQ.txt</c> and
/// <c>SEQ.tsr</c>, for <c>openssl ts -verify -data SEQ.txt -in SEQ.tsr -CAfile …</c>.
/// </summary>
internal sealed class TimestampWitness(HttpMessageInvoker http, Uri address, string folder) : IWitness
{
    private const int NonceBytes = 8;
    private const int MostAnswerBytes = 1 << 20;

    public string Name => address.GetLeftPart(UriPartial.Path);

    public async Task<string?> SendAsync(AuditPosition position, CancellationToken cancellation)
    {
        var checkpoint = position.Checkpoint;
        var text = AuditCheckpoint.Text(checkpoint.Sequence, checkpoint.Hash, checkpoint.Count, position.At, checkpoint.Key);
        var asked = Rfc3161TimestampRequest.CreateFromData(text, HashAlgorithmName.SHA256, nonce: RandomNumberGenerator.GetBytes(NonceBytes), requestSignerCertificates: true);
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new ByteArrayContent(asked.Encode()) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode)
            {
                return string.Create(CultureInfo.InvariantCulture, $"It answered {(int)response.StatusCode}.");
            }

            if (response.Content.Headers.ContentLength > MostAnswerBytes)
            {
                return "Its answer is no time stamp.";
            }

            var answer = await response.Content.ReadAsByteArrayAsync(cancellation);
            var token = asked.ProcessResponse(answer, out _); // throws unless it answers this very request
            if (!token.VerifySignatureForData(text, out _))
            {
                return "The signature of its time stamp does not fit.";
            }

            Keep(checkpoint.Sequence, text, answer);
            return null;
        }
        catch (CryptographicException)
        {
            return "Its answer is no time stamp for this checkpoint.";
        }
        catch (Exception e) when (e is HttpRequestException or IOException or UnauthorizedAccessException)
        {
            return $"It cannot be reached, or its answer not be kept: {e.Message}";
        }
    }

    private void Keep(long sequence, byte[] text, byte[] answer)
    {
        AuditSegments.CreateFolder(folder);
        var name = sequence.ToString("d12", CultureInfo.InvariantCulture);
        File.WriteAllBytes(Path.Combine(folder, name + ".txt"), text);
        File.WriteAllBytes(Path.Combine(folder, name + ".tsr"), answer);
    }
}
