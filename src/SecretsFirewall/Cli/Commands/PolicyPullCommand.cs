using System.CommandLine;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Running;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy pull</c>: fetches a bundle from a server, now.</summary>
internal static class PolicyPullCommand
{
    public static Command Create()
    {
        var url = new Argument<string?>("URL") { Description = "An https address; bundle.url where none is said.", Arity = ArgumentArity.ZeroOrOne };
        var check = new Option<bool>("--check") { Description = "Say whether it would be taken, and change nothing." };
        var json = CommonOptions.Json();
        var command = new Command("pull", """
            Fetches a bundle and puts it in force, as a running firewall does by itself every bundle.refresh. It is asked directly, and believed as upstreams are
            (upstream.ca_files). Only a bundle of the name that is in force is taken; the first one, and another one, by `sfw policy load`.

            Example:
              sfw policy pull https://policies.example.com/team.bundle
            """)
        { url, check, json };
        command.SetControlAction(async context =>
        {
            var configuration = new ConfigurationLoader(context.Home, ProcessEnvironment.Variables(), ConfigurationLoader.NoFlags).Load();
            if (configuration.Options is not { } options)
            {
                return context.Output.Fail(string.Join('\n', configuration.Errors), ExitCodes.Broken);
            }

            var told = context.Parse.GetValue(url);
            if ((told is null ? options.Bundles.Url : Address(told)) is not { } address)
            {
                return context.Output.Fail(told is null ? "Say from where: no bundle.url is set." : "The address of a bundle begins with https:// and has no password in it.", ExitCodes.Broken);
            }

            var answer = await AskAsync(options, address, context.Cancellation);
            return answer.File is { } bundle
                ? await PolicyLoadCommand.LoadAsync(context, new(bundle, context.Parse.GetValue(check), IsFetched: true), context.Parse.GetValue(json))
                : context.Output.Fail(answer.Problem!);
        });
        return command;
    }

    private static Uri? Address(string text) => Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps && address.UserInfo.Length == 0 ? address : null;

    private static async Task<BundleAnswer> AskAsync(FirewallOptions options, Uri address, CancellationToken cancellation)
    {
        try
        {
            using var http = OwnRequests.Invoker(options.Upstream);
            return await new BundleServer(http, address, TimeProvider.System).AskAsync(null, cancellation);
        }
        catch (InvalidDataException e)
        {
            return BundleAnswer.Nothing(e.Message); // a CA file that is none
        }
    }
}
