using System.Diagnostics;

namespace SecretsFirewall.Cli.Environments;

/// <summary>
/// Java's own form of the bundle, made by its own <c>keytool</c>: the JDK's roots and our CA in one PKCS#12 file.
/// </summary>
internal static class JavaTrustStores
{
    /// <summary>Java's own customary one. It protects nothing: the file holds public certificates.</summary>
    public const string Password = "changeit";

    // keytool starts a virtual machine; a machine under load takes a few seconds for it.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>False if <c>keytool</c> is missing or failed: Java then does not trust us, and <c>sfw doctor</c> says so.</summary>
    public static bool TryCreate(string caCertificate, string target)
    {
        if (ExecutablePath.Find("keytool") is not { } keytool)
        {
            return false;
        }

        var temporary = target + ".tmp";
        File.Delete(temporary);
        if (RootsOf(keytool) is { } roots)
        {
            // Without the JDK's roots the store still serves what goes through us, which is everything but loopback.
            Run(keytool, "-importkeystore", "-noprompt", "-srckeystore", roots, "-srcstorepass", Password, "-destkeystore", temporary, "-deststoretype", "PKCS12", "-deststorepass", Password);
        }

        if (!Run(keytool, "-importcert", "-noprompt", "-alias", "secrets-firewall", "-file", caCertificate, "-keystore", temporary, "-storetype", "PKCS12", "-storepass", Password))
        {
            return false;
        }

        File.Move(temporary, target, overwrite: true);
        return true;
    }

    /// <summary><c>lib/security/cacerts</c> of the JDK that the <c>keytool</c> on the path belongs to.</summary>
    private static string? RootsOf(string keytool)
    {
        var real = File.ResolveLinkTarget(keytool, returnFinalTarget: true)?.FullName ?? keytool;
        var home = Path.GetDirectoryName(Path.GetDirectoryName(real));
        var roots = home is null ? null : Path.Combine(home, "lib", "security", "cacerts");
        return File.Exists(roots) ? roots : null;
    }

    private static bool Run(string keytool, params string[] arguments)
    {
        var start = new ProcessStartInfo(keytool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };

        // A truststore option of the caller's must not decide how this one is made.
        start.Environment.Remove("JAVA_TOOL_OPTIONS");
        using var process = Process.Start(start);
        if (process is null)
        {
            return false;
        }

        process.StandardInput.Close();
        process.OutputDataReceived += static (_, _) => { };
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            return false;
        }

        return process.ExitCode == 0;
    }
}
