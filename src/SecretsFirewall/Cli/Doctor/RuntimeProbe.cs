using SecretsFirewall.Cli.Exec;

namespace SecretsFirewall.Cli.Doctor;

/// <summary>A runtime, and how to make it fetch an address with nothing but the environment to lead it.</summary>
/// <param name="Name">Also the program's name in <c>PATH</c>.</param>
/// <param name="Command">From the address: the program and its arguments.</param>
/// <param name="Hint">What to know where it does not go through.</param>
internal sealed record RuntimeProbe(string Name, Func<string, IReadOnlyList<string>> Command, string Hint)
{
    /// <summary>The reserved name (RFC 6761 section 6.2) that only our own upstream answers to.</summary>
    public const string Host = "doctor.sfw.test";

    private const string JavaSource =
        """
        import java.io.*;
        import java.net.*;
        public class Probe {
            public static void main(String[] args) throws IOException {
                try (InputStream in = new URL(args[0]).openStream()) { in.transferTo(System.out); }
            }
        }
        """;

    public static IReadOnlyList<RuntimeProbe> All { get; } =
    [
        new("curl", url => ["curl", "-sS", "--max-time", "20", url], "A ~/.curlrc may name another proxy."),
        new("git", url => ["git", "ls-remote", url], "git config may name another http.proxy or http.sslCAInfo."),
        new("python3", url => ["python3", "-c", "import sys, urllib.request; sys.stdout.write(urllib.request.urlopen(sys.argv[1], timeout=20).read().decode())", url],
            "aiohttp needs trust_env=True."),
        new("node", url => ["node", "-e", "fetch(process.argv[1]).then(r => r.text()).then(t => process.stdout.write(t), e => { console.error(e.cause ?? e); process.exit(1); })", url],
            "Node reads proxy variables from version 22.21 on (fetch), and 24.5 on (http, https)."),
        new("dotnet", url => SelfCommand.With("probe", url), "A program may set its own proxy."),
        new("java", url => ["java", "Probe.java", url], "Java carries no credentials from here: it goes through only while no agent has a token."),
    ];

    /// <summary>Java runs a source file; it is written where the probes run.</summary>
    public static void WriteSources(string directory) => File.WriteAllText(Path.Combine(directory, "Probe.java"), JavaSource);
}
