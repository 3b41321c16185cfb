using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Approvals;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Control;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw admin</c>: who may use the admin API, and rules that were set aside.</summary>
internal static class AdminCommand
{
    public static Command Create() => new("admin", "Who may use the admin API, and rules that are set aside in an emergency.")
    {
        Token(),
        Override(),
    };

    private static Command Token() => new("token", """
        Tokens of the admin API. Each role may do what the ones before it may: viewer looks, operator answers and stops agents,
        release_manager answers what releases need, admin does everything.

        Example:
          sfw admin token new --role operator --name on-call
        """)
    {
        NewToken(),
        ListTokens(),
        RevokeToken(),
    };

    private static Command NewToken()
    {
        var role = new Option<string>("--role") { Description = "viewer, operator, release_manager or admin.", Required = true, HelpName = "ROLE" };
        role.AcceptOnlyFromAmong([.. ApproverRoles.All]);
        var name = new Option<string?>("--name") { Description = "Whose it is; stands in every record of what they do. The role where it is not said.", HelpName = "NAME" };
        var json = CommonOptions.Json();
        var command = new Command("new", "Makes a token and shows it, once: only a hash of it is kept.") { role, name, json };
        command.SetControlAction(context =>
        {
            if (BehindFirewall.IsHere())
            {
                return Task.FromResult(context.Output.Fail(BehindFirewall.Sentence));
            }

            var wanted = context.Parse.GetRequiredValue(role);
            return context.CallAsync(ControlOperations.AdminTokensAdd, new AddAdminTokenRequest(context.Parse.GetValue(name) ?? wanted, wanted), reply =>
            {
                if (context.Parse.GetValue(json))
                {
                    context.Output.Json(reply, ControlJson.Default.AdminTokenReply);
                    return ExitCodes.Done;
                }

                context.Output.Line(reply.Token);
                context.Output.Note($"This is the token of {reply.Name} ({reply.Role}); it is not shown again. Keep it where no agent reads.");
                return ExitCodes.Done;
            });
        });
        return command;
    }

    private static Command ListTokens()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists the tokens.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.AdminTokensList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.AdminTokensReply);
            }
            else if (reply.Tokens.Count == 0)
            {
                context.Output.Note("There is none. Make one with: sfw admin token new --role operator");
            }
            else
            {
                context.Output.Table(["name", "role", "since"], [.. reply.Tokens.Select(static one => (string[])[one.Name, one.Role, ApprovalText.Time(one.CreatedAt)])]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command RevokeToken()
    {
        var name = new Argument<string>("NAME") { Description = "Whose it is." };
        var command = new Command("revoke", "Takes a token away; it ends at once.") { name };
        command.SetControlAction(context => context.CallAsync(ControlOperations.AdminTokensRemove, new NameRequest(context.Parse.GetRequiredValue(name)), _ => ExitCodes.Done));
        return command;
    }

    private static Command Override() => new("override", """
        Breaks the glass: for at most four hours one rule's refusals do not hold for one agent. Everything that passes so is marked
        `overridden` in the audit. Secrets, ways around and stopped agents are refused as ever.

        Example:
          sfw admin override add --agent builder --rule default --host status.example.com --code outage --until 30m \
              --justification "The status page must be updated now."
        """)
    {
        AddOverride(),
        ListOverrides(),
        EndOverride(),
    };

    private static Command AddOverride()
    {
        var agent = new Option<string>("--agent") { Description = "For this agent.", Required = true, HelpName = "NAME" };
        var rule = new Option<string>("--rule") { Description = "The rule whose refusals do not hold; default for what no rule allows.", Required = true, HelpName = "ID" };
        var host = new Option<string?>("--host") { Description = "Only toward this host.", HelpName = "HOST" };
        var code = new Option<string>("--code") { Description = $"Why: {string.Join(", ", PolicyOverride.Codes)}.", Required = true, HelpName = "CODE" };
        code.AcceptOnlyFromAmong([.. PolicyOverride.Codes]);
        var justification = new Option<string>("--justification") { Description = "Why, in a sentence.", Required = true, HelpName = "TEXT" };
        var until = new Option<string>("--until") { Description = "How long, such as 30m; 4h at most.", Required = true, HelpName = "TIME" };
        var json = CommonOptions.Json();
        var command = new Command("add", "Sets a rule aside.") { agent, rule, host, code, justification, until, json };
        command.SetControlAction(context =>
        {
            if (BehindFirewall.IsHere())
            {
                return Task.FromResult(context.Output.Fail(BehindFirewall.Sentence));
            }

            if (!ValueFormats.TryParseDuration(context.Parse.GetRequiredValue(until), out var duration))
            {
                return Task.FromResult(context.Output.Fail("--until takes a duration such as 30m.", ExitCodes.Broken));
            }

            var request = new AddOverrideRequest(
                context.Parse.GetRequiredValue(agent), context.Parse.GetRequiredValue(rule), context.Parse.GetValue(host), context.Parse.GetRequiredValue(code),
                context.Parse.GetRequiredValue(justification), TimeProvider.System.GetUtcNow() + duration);
            return context.CallAsync(ControlOperations.OverridesAdd, request, reply =>
            {
                if (context.Parse.GetValue(json))
                {
                    context.Output.Json(reply, ControlJson.Default.OverrideReply);
                }
                else
                {
                    context.Output.Line($"Rule {reply.Rule} does not hold for agent {reply.Agent} until {ApprovalText.Time(reply.Until)}. Take it back with: sfw admin override end {reply.Id}");
                }

                return ExitCodes.Done;
            });
        });
        return command;
    }

    private static Command ListOverrides()
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists what was set aside, the newest first.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.OverridesList, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.OverridesReply);
            }
            else
            {
                context.Output.Table(
                    ["id", "holds", "agent", "rule", "host", "code", "by", "until"],
                    [.. reply.Overrides.Select(static one => (string[])[
                        one.Id, one.Holds ? "yes" : "no", one.Agent, one.Rule, one.Host ?? "", one.Code, one.MadeBy, (one.EndedAt ?? one.Until).ToString("u", CultureInfo.InvariantCulture)])]);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command EndOverride()
    {
        var id = new Argument<string>("ID") { Description = "The override." };
        var command = new Command("end", "Takes an override back before its end.") { id };
        command.SetControlAction(context => context.CallAsync(ControlOperations.OverridesEnd, new NameRequest(context.Parse.GetRequiredValue(id)), _ => ExitCodes.Done));
        return command;
    }
}
