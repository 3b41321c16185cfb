using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Environments;
using SecretsFirewall.Cli.State;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw ca</c>: the authority that agents trust.</summary>
internal static class CaCommand
{
    public static Command Create()
    {
        var command = new Command("ca", """
            The certificate authority that agents trust, and nobody else should.

            `sfw exec` and `sfw env` point every runtime to a bundle of the system's roots and this CA, so that nothing
            has to be installed. Scripts for installing and removing it are in certs/.

            Examples:
              sfw ca show
              sfw ca export > sfw-ca.pem
              sfw ca renew
            """)
        {
            Show(),
            Export(),
            Renew(),
        };
        return command;
    }

    private static Command Show()
    {
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows name, fingerprint and dates.") { json };
        command.SetAction(parse => WithCertificate(parse, (output, ca) =>
        {
            if (parse.GetValue(json))
            {
                output.Json(ca, ControlJson.Default.CaReply);
                return;
            }

            output.Line($"subject      {ca.Subject}");
            output.Line($"sha-256      {ca.Fingerprint}");
            output.Line(string.Create(CultureInfo.InvariantCulture, $"valid        {ca.NotBefore:u} to {ca.NotAfter:u}"));
            output.Line($"certificate  {CommonOptions.HomeOf(parse).CaCertificate}");
        }));
        return command;
    }

    private static Command Export()
    {
        var command = new Command("export", "Writes the certificate as PEM. The private key never leaves the home.");
        command.SetAction(parse => WithCertificate(parse, (output, ca) => output.Line(ca.CertificatePem.TrimEnd())));
        return command;
    }

    private static Command Renew()
    {
        var command = new Command("renew", """
            Makes a new CA with a new key. Whoever trusted the old one has to trust the new one; `sfw exec` and `sfw env`
            do so by themselves. Stop the firewall first: what runs keeps the old one.
            """);
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            if (home.Prepare() is { } problem)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            using var homeLock = HomeLock.TryTake(home, TimeProvider.System);
            if (homeLock is null)
            {
                return output.Fail($"{HomeLock.Refusal(home)} A CA is renewed while the firewall is stopped.", ExitCodes.HomeInUse);
            }

            Installation.CreateAuthority(home, TimeProvider.System);
            TrustFiles.Refresh(home, File.ReadAllText(home.CaCertificate), forJava: File.Exists(home.JavaTrustStore));
            output.Note($"A new CA is in force. Where the old one was installed, install {home.CaCertificate} instead (see certs/).");
            return ExitCodes.Done;
        });
        return command;
    }

    private static int WithCertificate(ParseResult parse, Action<Output, CaReply> show)
    {
        var output = Output.Of(parse);
        var file = CommonOptions.HomeOf(parse).CaCertificate;
        string pem;
        try
        {
            pem = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return output.Fail($"There is no CA at {file} that this user can read. `sfw run` makes one.", ExitCodes.Broken);
        }

        show(output, AuthorityFile.Describe(pem));
        return ExitCodes.Done;
    }
}
