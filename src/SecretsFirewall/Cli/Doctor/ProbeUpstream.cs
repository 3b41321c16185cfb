using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using SecretsFirewall.Cli.Demo;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>
/// The place that the probes fetch: a TLS server on loopback with a throw-away CA. It answers with a number that only it knows, so that an
/// answer proves the way. For git it is a repository with one branch of that number.
/// </summary>
internal static class ProbeUpstream
{
    private const string GitAdvertisement = "application/x-git-upload-pack-advertisement";

    /// <summary>Forty hexadecimal digits, as git wants an object's name to look.</summary>
    public static string NewNumber() => RandomNumberGenerator.GetHexString(40, lowercase: true);

    public static string PathOf(RuntimeProbe probe) => $"/probe/{probe.Name}";

    public static Task<LoopbackUpstream> StartAsync(string number, CancellationToken cancellationToken)
    {
        var answers = new Dictionary<string, RequestDelegate>(StringComparer.Ordinal);
        foreach (var probe in RuntimeProbe.All)
        {
            answers.Add(PathOf(probe), context => context.Response.WriteAsync(number, context.RequestAborted));
            answers.Add(PathOf(probe) + "/info/refs", context => WriteRefsAsync(context, number));
        }

        return LoopbackUpstream.StartAsync(new LoopbackUpstreamOptions { Names = [RuntimeProbe.Host], Answers = answers }, cancellationToken);
    }

    /// <summary>gitprotocol-http(5), "smart" discovery.</summary>
    private static Task WriteRefsAsync(HttpContext context, string number)
    {
        context.Response.ContentType = GitAdvertisement;
        var text = $"{Packet("# service=git-upload-pack\n")}0000{Packet($"{number} refs/heads/main\0agent=sfw-doctor\n")}0000";
        return context.Response.WriteAsync(text, Encoding.ASCII, context.RequestAborted);
    }

    /// <summary>A pkt-line: its length with these four digits, then its text.</summary>
    private static string Packet(string text) => string.Create(CultureInfo.InvariantCulture, $"{text.Length + 4:x4}{text}");
}
