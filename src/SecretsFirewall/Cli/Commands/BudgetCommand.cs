using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Model;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw budget</c>: what may be spent on models.</summary>
internal static class BudgetCommand
{
    public static Command Create() => new("budget", """
        What may be spent on model calls: tokens, money or requests, by day, week, month or session.

        A hard budget refuses what would go beyond it, until its window rolls or it is reset; a soft one only records that it was passed.
        Budgets stand in the policy, under `budgets`, or are set here; both hold.

        Examples:
          sfw budget set daily --window day --hard --tokens 2000000 --warn-at 80
          sfw budget set team --window month --hard --money 50 --per group --agent 'ci-*'
          sfw budget show
        """)
    {
        Set(),
        Show(),
        Reset(),
        Remove(),
    };

    private static Command Set()
    {
        var name = new Argument<string>("NAME") { Description = "Its name." };
        var window = new Option<BudgetWindow>("--window") { Description = "When it begins anew, in UTC.", HelpName = "day|week|month|session", Required = true };
        var per = new Option<BudgetPool>("--per") { Description = "Whether each agent has all of it, the agents share it, or each model has all of it.", HelpName = "agent|group|model" };
        var hard = new Option<bool>("--hard") { Description = "Refuse what goes beyond it; without it, it only warns." };
        var tokens = new Option<long?>("--tokens") { Description = "The most tokens, of all kinds together.", HelpName = "N" };
        var money = new Option<decimal?>("--money") { Description = "The most money, by the policy's prices.", HelpName = "AMOUNT" };
        var currency = new Option<string>("--currency") { Description = "Of the money, as the prices have it.", HelpName = "USD", DefaultValueFactory = static _ => "USD" };
        var requests = new Option<long?>("--requests") { Description = "The most calls.", HelpName = "N" };
        var agents = new Option<string[]>("--agent") { Description = "For this agent, * for any characters; once for each. All agents without it.", HelpName = "NAME", DefaultValueFactory = static _ => [] };
        var models = new Option<string[]>("--model") { Description = "For this model, * for any characters; once for each. All models without it.", HelpName = "NAME", DefaultValueFactory = static _ => [] };
        var warnAt = new Option<int[]>("--warn-at") { Description = "Record when so many percent are used up; once for each.", HelpName = "PERCENT", DefaultValueFactory = static _ => [] };
        var allowUnpriced = new Option<bool>("--allow-unpriced") { Description = "With --hard --money: let models pass that have no price." };
        var command = new Command("set", "Sets a budget, or changes the one of that name. What was spent before counts.")
        {
            name, window, per, hard, tokens, money, currency, requests, agents, models, warnAt, allowUnpriced,
        };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.BudgetSet,
            new SetBudgetRequest(
                context.Parse.GetRequiredValue(name),
                context.Parse.GetValue(window),
                context.Parse.GetValue(per),
                context.Parse.GetValue(hard),
                context.Parse.GetRequiredValue(agents),
                context.Parse.GetRequiredValue(models),
                context.Parse.GetValue(tokens),
                context.Parse.GetValue(money),
                context.Parse.GetRequiredValue(currency),
                context.Parse.GetValue(requests),
                context.Parse.GetRequiredValue(warnAt),
                context.Parse.GetValue(allowUnpriced)),
            _ => ExitCodes.Done));
        return command;
    }

    private static Command Show()
    {
        var json = CommonOptions.Json();
        var command = new Command("show", "Shows every budget, and what is spent of it in its present window.") { json };
        command.SetControlAction(context => context.CallAsync(ControlOperations.BudgetShow, NoContent.Instance, reply =>
        {
            if (context.Parse.GetValue(json))
            {
                context.Output.Json(reply, ControlJson.Default.BudgetsReply);
            }
            else if (reply.Budgets.Count == 0)
            {
                context.Output.Note("There is no budget. Set one with: sfw budget set NAME --window day --hard --tokens N. Those of the policy are shown while the firewall runs.");
            }
            else
            {
                Write(context.Output, reply);
            }

            return ExitCodes.Done;
        }));
        return command;
    }

    private static Command Reset()
    {
        var name = new Argument<string>("NAME") { Description = "The budget." };
        var pool = new Option<string?>("--of") { Description = "Only for this agent, or this model where it is per model.", HelpName = "NAME" };
        var command = new Command("reset", "Lets a budget begin anew before its window does: what was spent until now counts no more. Usage keeps it.") { name, pool };
        command.SetControlAction(context => context.CallAsync(
            ControlOperations.BudgetReset,
            new ResetBudgetRequest(context.Parse.GetRequiredValue(name), context.Parse.GetValue(pool)),
            reply =>
            {
                context.Output.Note(reply.Accounts == 0 ? "Nothing was spent of it." : $"Begun anew for {reply.Accounts}.");
                return ExitCodes.Done;
            }));
        return command;
    }

    private static Command Remove()
    {
        var name = new Argument<string>("NAME") { Description = "A budget that was set by command." };
        var command = new Command("remove", "Removes a budget; those of the policy are removed there.") { name };
        command.SetControlAction(context => context.CallAsync(ControlOperations.BudgetRemove, new NameRequest(context.Parse.GetRequiredValue(name)), _ => ExitCodes.Done));
        return command;
    }

    private static void Write(Output output, BudgetsReply reply)
    {
        var rows = new List<string[]>();
        foreach (var budget in reply.Budgets)
        {
            string[] head =
            [
                budget.Name,
                budget.Source,
                budget.Hard ? "hard" : "soft",
                budget.Window.ToString().ToLowerInvariant(),
            ];
            rows.AddRange(budget.Accounts.Count == 0
                ? [[.. head, "", "0 %", Spent(budget, null)]]
                : budget.Accounts.Select(account => (string[])[.. head, PoolOf(budget, account), Percent(account.Percent), Spent(budget, account)]));
        }

        output.Table(["budget", "from", "kind", "window", "of", "used", "spent"], rows);
    }

    private static string PoolOf(BudgetReply budget, AccountReply account) =>
        string.Join(' ', new[] { budget.Per is BudgetPool.Group ? "all" : account.Pool, account.Session is { } session ? $"session {session}" : "" }.Where(static part => part.Length > 0));

    private static string Percent(int percent) => string.Create(CultureInfo.InvariantCulture, $"{percent} %");

    private static string Spent(BudgetReply budget, AccountReply? account)
    {
        var parts = new List<string>();
        if (budget.Tokens is { } tokens)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{account?.Tokens ?? 0:#,0} of {tokens:#,0} tokens"));
        }

        if (budget.Money is { } money)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{account?.Money ?? 0:0.00####} of {money:0.00####} {budget.Currency}"));
        }

        if (budget.Requests is { } requests)
        {
            parts.Add(string.Create(CultureInfo.InvariantCulture, $"{account?.Requests ?? 0} of {requests} requests"));
        }

        return string.Join(", ", parts);
    }
}
