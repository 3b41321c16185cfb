using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.State;
using SecretsFirewall.Cli.Terminal;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw ca</c>: the authorities that agents trust.</summary>
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
              sfw ca new --constrain --agent builder
            """)
        {
            Show(),
            List(),
            Export(),
            New(),
            Renew(),
            Remove(),
        };
        return command;
    }

    private static Option<string?> AgentOption(string description) => new("--agent") { Description = description, HelpName = "NAME" };

    private static Command Show()
    {
        var json = CommonOptions.Json();
        var agent = AgentOption("The CA that this agent trusts. Without it: the installation's.");
        var command = new Command("show", "Shows name, fingerprint, dates, and what it can vouch for.") { json, agent };
        command.SetAction(parse => WithCertificate(parse, parse.GetValue(agent), (output, ca, file) =>
        {
            if (parse.GetValue(json))
            {
                output.Json(ca, ControlJson.Default.CaReply);
                return;
            }

            output.Line($"subject      {ca.Subject}");
            output.Line($"sha-256      {ca.Fingerprint}");
            output.Line(string.Create(CultureInfo.InvariantCulture, $"valid        {ca.NotBefore:u} to {ca.NotAfter:u}"));
            output.Line($"certificate  {file}");
            output.Line($"vouches for  {WordOf(ca)}");
        }));
        return command;
    }

    private static Command List()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the installation's CA and those of agents.") { json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var home = CommonOptions.HomeOf(parse);
            try
            {
                var all = home.AgentsWithAuthority.Select(agent => AuthorityFile.Describe(agent, File.ReadAllText(home.AuthorityOf(agent).Certificate)))
                    .Prepend(AuthorityFile.Describe(null, File.ReadAllText(home.CaCertificate))).ToList();
                if (parse.GetValue(json))
                {
                    output.Json(new CasReply(all), ControlJson.Default.CasReply);
                }
                else
                {
                    output.Table(["agent", "sha-256", "until", "vouches for"], [.. all.Select(static ca => (string[])[
                        ca.Agent ?? "(all others)", ca.Fingerprint[..16], ca.NotAfter.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), WordOf(ca)])]);
                }

                return ExitCodes.Done;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return output.Fail($"There is no CA in {home.Root} that this user can read. `sfw run` makes one.", ExitCodes.Broken);
            }
        });
        return command;
    }

    private static Command Export()
    {
        var agent = AgentOption("The CA that this agent trusts. Without it: the installation's.");
        var command = new Command("export", "Writes the certificate as PEM. The private key never leaves the home.") { agent };
        command.SetAction(parse => WithCertificate(parse, parse.GetValue(agent), static (output, ca, _) => output.Line(ca.CertificatePem.TrimEnd())));
        return command;
    }

    private static Command New()
    {
        var constrain = new Option<bool>("--constrain") { Description = "Let it vouch only for the hosts that the policy names and lets the agent reach.", Required = true };
        var agent = AgentOption("Make it for this agent alone. Without it: for the installation, in place of its CA.");
        var command = new Command("new", """
            Makes a CA with a new key that can vouch only for the hosts that the policy names (RFC 5280 name constraints).

            Should its key ever leave this machine, it is worth nothing for any other name: clients reject what it signs beyond.
            A constraint covers whatever lies below a name, too. Hosts that the policy allows without naming them are refused
            to agents with such a CA. When the policy comes to name more hosts, `sfw status` says so: renew the CA then.
            Stop the firewall first: what runs keeps the old one.

            Examples:
              sfw ca new --constrain --agent builder
              sfw ca new --constrain
            """)
        { constrain, agent };
        command.SetAction(parse => WhileStopped(parse, (output, home) => MakeConstrained(output, home, parse.GetValue(agent))));
        return command;
    }

    private static Command Renew()
    {
        var agent = AgentOption("Renew this agent's own. Without it: the installation's.");
        var command = new Command("renew", """
            Makes a new CA with a new key. Whoever trusted the old one has to trust the new one; `sfw exec` and `sfw env`
            do so by themselves. One with constraints gets those of the present policy.
            Stop the firewall first: what runs keeps the old one.
            """)
        { agent };
        command.SetAction(parse => WhileStopped(parse, (output, home) =>
        {
            var name = parse.GetValue(agent);
            if (name is not null && !home.AgentsWithAuthority.Contains(name))
            {
                return output.Fail($"Agent {name} has no CA of its own. Make one with: sfw ca new --constrain --agent {name}", ExitCodes.Broken);
            }

            var files = name is null ? home.Authority : home.AuthorityOf(name);
            if (name is not null || AuthorityFile.IsConstrained(files.Certificate)) // an agent's own always is
            {
                return MakeConstrained(output, home, name);
            }

            AuthorityMaking.MakeUnconstrained(files, TimeProvider.System);
            output.Note($"A new CA is in force. Where the old one was installed, install {files.Certificate} instead (see certs/).");
            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Remove()
    {
        var agent = AgentOption("Whose.");
        agent.Required = true;
        var command = new Command("remove", "Removes an agent's own CA; it trusts the installation's then. Stop the firewall first.") { agent };
        command.SetAction(parse => WhileStopped(parse, (output, home) => AuthorityMaking.Remove(home, parse.GetValue(agent)!)
            ? ExitCodes.Done
            : output.Fail("This agent has no CA of its own.")));
        return command;
    }

    private static int MakeConstrained(Output output, FirewallHome home, string? agent)
    {
        if (AuthorityMaking.MakeConstrained(home, agent, TimeProvider.System, out var problem) is not { } reachable)
        {
            return output.Fail(problem, ExitCodes.Broken);
        }

        var whose = agent is null ? "A new CA" : $"A new CA for agent {agent}";
        output.Note($"{whose} is in force. It vouches for {string.Join(", ", reachable.Names)}, and what lies below them.");
        if (reachable.AlsoOthers)
        {
            output.Note("The policy also allows hosts that it does not name. This CA cannot vouch for them, so they are refused; name those that are needed in its destinations.");
        }

        output.Note($"Where the old one was installed, install {(agent is null ? home.Authority : home.AuthorityOf(agent)).Certificate} instead (see certs/).");
        return ExitCodes.Done;
    }

    private static int WhileStopped(ParseResult parse, Func<Output, FirewallHome, int> action)
    {
        var output = Output.Of(parse);
        var home = CommonOptions.HomeOf(parse);
        if (home.Prepare() is { } problem)
        {
            return output.Fail(problem, ExitCodes.Broken);
        }

        using var homeLock = HomeLock.TryTake(home, TimeProvider.System);
        return homeLock is null
            ? output.Fail($"{HomeLock.Refusal(home)} A CA is changed while the firewall is stopped.", ExitCodes.HomeInUse)
            : action(output, home);
    }

    private static int WithCertificate(ParseResult parse, string? agent, Action<Output, CaReply, string> show)
    {
        var output = Output.Of(parse);
        var home = CommonOptions.HomeOf(parse);
        var file = (agent is null ? home.Authority : home.TrustedBy(agent)).Certificate;
        string pem;
        try
        {
            pem = File.ReadAllText(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return output.Fail($"There is no CA at {file} that this user can read. `sfw run` makes one.", ExitCodes.Broken);
        }

        show(output, AuthorityFile.Describe(file == home.CaCertificate ? null : agent, pem), file);
        return ExitCodes.Done;
    }

    private static string WordOf(CaReply ca) => ca.Constraints is null ? "every name" : string.Join(", ", ca.Constraints);
}
