using System.CommandLine;
using System.Globalization;
using SecretsFirewall.Admin;
using SecretsFirewall.Audit;
using SecretsFirewall.Cli.Policies;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Policy.Bundles;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw policy build</c>: from a folder to a bundle that waits for its signatures.</summary>
internal static class PolicyBuildCommand
{
    public static Command Create()
    {
        var folder = new Argument<string>("FOLDER") { Description = "The policy's files." };
        var target = new Option<string>("--out") { Description = "The bundle to write.", Required = true, HelpName = "FILE" };
        var name = new Option<string?>("--name") { Description = "Its name (default: what the files say).", HelpName = "NAME" };
        var revision = new Option<int?>("--revision") { Description = "Its version, higher than any before (default: the files' revision).", HelpName = "N" };
        var expires = new Option<string>("--expires") { Description = "When it ends: 90d, or a day.", DefaultValueFactory = _ => "90d", HelpName = "TIME" };
        var begins = new Option<string?>("--not-before") { Description = "When it begins: 2h, or a day's end.", HelpName = "TIME" };
        var audience = new Option<string[]>("--audience") { Description = "The installations that it is for (bundle.audience); all of them where it is not said.", HelpName = "NAME" };
        var engine = new Option<string>("--min-engine") { Description = "The oldest version of sfw that may take it.", DefaultValueFactory = _ => AdminServer.Version, HelpName = "VERSION" };
        var previous = new Option<string?>("--previous") { Description = "The bundle of the version before, which must then be the one that was accepted.", HelpName = "FILE" };
        var json = CommonOptions.Json();
        var command = new Command("build", """
            Builds a bundle of a folder, if the folder loads and answers its own cases rightly. It is not signed yet.

            Example:
              sfw policy build team --out team.bundle --revision 7 --expires 30d
            """)
        { folder, target, name, revision, expires, begins, audience, engine, previous, json };
        command.SetAction(parse =>
        {
            var output = Output.Of(parse);
            var now = EndTime.Now(TimeProvider.System);
            if (PolicySource.TryRead(parse.GetRequiredValue(folder), out var problem) is not { } source)
            {
                return output.Fail(problem, ExitCodes.Broken);
            }

            if (source.Compile(out var errors) is not { } loaded)
            {
                foreach (var error in errors)
                {
                    output.Line(TerminalText.Escape(error.ToString()));
                }

                return output.Fail(string.Create(CultureInfo.InvariantCulture, $"{errors.Count} errors; no bundle was built."));
            }

            if (EndTime.TryRead(parse.GetRequiredValue(expires), now) is not { } end)
            {
                return output.Fail($"--expires: {EndTime.Expected}", ExitCodes.Broken);
            }

            DateTimeOffset? begin = parse.GetValue(begins) is { } text ? EndTime.TryRead(text, now) : null;
            if (begin is null && parse.GetValue(begins) is not null)
            {
                return output.Fail($"--not-before: {EndTime.Expected}", ExitCodes.Broken);
            }

            string? before = null;
            if (parse.GetValue(previous) is { } last)
            {
                if (PolicySource.TryRead(last, out problem) is not { Bundle: { } old })
                {
                    return output.Fail(problem.Length > 0 ? problem : $"{last} is no bundle.", ExitCodes.Broken);
                }

                before = old.Sha256;
            }

            var manifest = new BundleManifest
            {
                Schema = BundleDocument.Format,
                Name = parse.GetValue(name) ?? loaded.Policy.Name,
                Version = parse.GetValue(revision) ?? loaded.Policy.Revision,
                Audience = parse.GetValue(audience) is { Length: > 0 } named ? named : [BundlePayload.Anyone],
                IssuedAt = now,
                NotBefore = begin,
                ExpiresAt = end,
                PreviousSha256 = before,
                MinEngine = parse.GetRequiredValue(engine),
                Files = [],
            };
            return Write(output, manifest, source, parse.GetRequiredValue(target), parse.GetValue(json));
        });
        return command;
    }

    private static int Write(Output output, BundleManifest manifest, PolicySource source, string path, bool asJson)
    {
        if (BundleBuilder.Build(manifest, [.. source.Files, .. source.RuleFiles], out var refusal) is not { } payload)
        {
            return output.Fail(TerminalText.Escape(refusal!.ToString()));
        }

        var envelope = Envelope.Of(Envelope.BundleType, payload);
        if (PolicyOutput.TryWrite(path, envelope.Write()) is { } problem)
        {
            return output.Fail(problem);
        }

        if (asJson)
        {
            output.Json(new WrittenLine(path, envelope.Sha256, 0, manifest.Name, manifest.Version, manifest.ExpiresAt), PolicyOutputJson.Default.WrittenLine);
            return ExitCodes.Done;
        }

        output.Line(envelope.Sha256);
        output.Note(string.Create(CultureInfo.InvariantCulture, $"Written: {path}, {manifest.Name} version {manifest.Version}, until {manifest.ExpiresAt:u}. Nobody has signed it yet: sfw policy sign {path} --key NAME"));
        return ExitCodes.Done;
    }
}
