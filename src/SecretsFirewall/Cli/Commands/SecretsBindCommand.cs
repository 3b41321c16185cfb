using System.CommandLine;
using SecretsFirewall.Admin;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw secrets bind</c>: the one place where a reference becomes its value.</summary>
internal static class SecretsBindCommand
{
    public static Command Create()
    {
        var name = new Argument<string>("NAME") { Description = "The secret." };
        var host = new Option<string>("--host") { Description = "The exact host; no wildcards.", Required = true, HelpName = "HOST" };
        var port = new Option<int>("--port") { Description = "The port.", DefaultValueFactory = _ => 443 };
        var method = new Option<string[]>("--method") { Description = "A method, such as GET; may be repeated. Without it: every method.", HelpName = "METHOD" };
        var path = new Option<string?>("--path") { Description = "A path prefix of whole segments: /repos/ does not cover /repos-old.", HelpName = "PREFIX" };
        var header = new Option<string?>("--header") { Description = "The place: this header.", HelpName = "NAME" };
        var format = new Option<string?>("--format") { Description = "The header's whole value, {} for the reference: \"Bearer {}\", \"Basic user:{}\".", HelpName = "TEXT" };
        var query = new Option<string?>("--query") { Description = "The place: this query parameter.", HelpName = "KEY" };
        var json = new Option<string?>("--json-path") { Description = "The place: this string of a JSON body, as a JSON pointer (/auth/token).", HelpName = "POINTER" };
        var form = new Option<string?>("--form") { Description = "The place: this field of a form body.", HelpName = "KEY" };
        var sigv4 = new Option<string?>("--sigv4") { Description = "The place: the AWS signature under this access key id; the secret is the secret access key, and signs without leaving.", HelpName = "ACCESS-KEY-ID" };
        var token = new Option<string?>("--session-token") { Description = "With --sigv4, for a temporary key: the secret that is its session token.", HelpName = "SECRET" };
        var agent = new Option<string?>("--agent") { Description = "Only this agent. Without it: every agent.", HelpName = "NAME" };
        var max = new Option<int>("--max") { Description = "How many references one request may have bound.", DefaultValueFactory = _ => 1 };
        var command = new Command("bind", """
            Says where SECRET_REF(NAME) may become its value: one host, and one place in the request. TLS only.

            Examples:
              sfw secrets bind github --host api.github.com --header Authorization --format "Bearer {}"
              sfw secrets bind github --host github.com --header Authorization --format "Basic x-access-token:{}" --path /our-org/
              sfw secrets bind maps --host maps.example.com --query key --method GET
              sfw secrets bind hook --host hooks.example.com --json-path /auth/token --agent deployer
              sfw secrets bind aws --host s3.eu-west-1.amazonaws.com --sigv4 AKIAIOSFODNN7EXAMPLE --method GET
            """)
        { name, host, port, method, path, header, format, query, json, form, sigv4, token, agent, max };

        (Option<string?> Option, string Place)[] places = [(header, "header"), (query, "query"), (json, "json"), (form, "form"), (sigv4, "sigv4")];
        command.Validators.Add(result =>
        {
            if (places.Count(p => result.GetValue(p.Option) is not null) != 1)
            {
                result.AddError("Say one place: --header, --query, --json-path, --form or --sigv4.");
            }

            if (result.GetValue(token) is not null && result.GetValue(sigv4) is null)
            {
                result.AddError("--session-token goes with --sigv4.");
            }
        });
        command.SetControlAction(context =>
        {
            var place = places.Single(p => context.Parse.GetValue(p.Option) is not null);
            var request = new BindRequest(
                context.Parse.GetRequiredValue(name),
                context.Parse.GetRequiredValue(host),
                context.Parse.GetValue(port),
                place.Place,
                context.Parse.GetValue(place.Option)!,
                context.Parse.GetValue(token) is { } session ? $"{{}} SECRET_REF({session})" : context.Parse.GetValue(format) ?? "{}",
                [.. (context.Parse.GetValue(method) ?? []).SelectMany(m => m.Split(',')).Select(m => m.ToUpperInvariant())],
                context.Parse.GetValue(path),
                context.Parse.GetValue(agent),
                context.Parse.GetValue(max));
            return context.CallAsync(ControlOperations.SecretsBind, request, bound =>
            {
                context.Output.Line(bound.Id);
                context.Output.Note($"{request.Secret} may be used at {bound.Host}:{bound.Port}{bound.Path}, {bound.Place} {bound.Key}: {bound.Format}");
                if (bound.Place == "sigv4")
                {
                    context.Output.Note($"The agent signs with the reference: AWS_ACCESS_KEY_ID={bound.Key} AWS_SECRET_ACCESS_KEY='SECRET_REF({request.Secret})'{(bound.Format == "{}" ? "" : $" AWS_SESSION_TOKEN='{bound.Format[3..]}'")}");
                }

                return ExitCodes.Done;
            });
        });
        return command;
    }
}
