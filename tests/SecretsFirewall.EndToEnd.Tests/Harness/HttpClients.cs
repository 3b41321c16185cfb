using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>.NET's own client behind the proxy, trusting the firewall's CA alone.</summary>
internal static class HttpClients
{
    public static HttpClient Create(IPEndPoint proxy, NetworkCredential? credentials, string caPem, Version version) => new(CreateHandler(proxy, credentials, caPem))
    {
        DefaultRequestVersion = version,
        DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
        Timeout = Patience.Client,
    };

    public static SocketsHttpHandler CreateHandler(IPEndPoint proxy, NetworkCredential? credentials, string caPem)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(caPem);
        return new SocketsHttpHandler
        {
            Proxy = new WebProxy(new Uri($"http://{proxy}")) { Credentials = credentials },
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy },
            AllowAutoRedirect = false,
        };
    }
}
