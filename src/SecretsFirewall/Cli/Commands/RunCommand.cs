using System.CommandLine;
using System.Runtime.InteropServices;
using SecretsFirewall.Admin;
using SecretsFirewall.Bundles;
using SecretsFirewall.Cli.Configuration;
using SecretsFirewall.Cli.Running;
using SecretsFirewall.Cli.Terminal;
using SecretsFirewall.Model;
using SecretsFirewall.Restraints.Kills;

namespace SecretsFirewall.Cli.Commands;

/// <summary><c>sfw run</c>: the firewall itself.</summary>
internal static class RunCommand
{
    // Whoever starts an attached firewall attaches within this time, or died.
    private static readonly TimeSpan AttachTimeout = TimeSpan.FromSeconds(30);

    private static readonly string[] ProxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

    public static Command Create()
    {
        var listen = new Option<string?>("--listen") { Description = "Where agents connect (listen.proxy).", HelpName = "ADDRESS:PORT" };
        var admin = new Option<string?>("--admin") { Description = "Where /healthz and /version are answered (listen.admin).", HelpName = "ADDRESS:PORT" };
        var policy = new Option<string?>("--policy") { Description = "The policy in force (policy).", HelpName = "NAME" };
        var attached = new Option<bool>("--attached") { Description = "End with the last session.", Hidden = true };
        var command = new Command("run", """
            Runs the firewall until Ctrl-C. The first start makes its home: CA, keys, vault and policy.

            Settings come from flags, then variables, then config.json in the home. A variable is SFW_ and the setting's path in
            upper case with two underscores a level: upstream.ca_files is SFW_UPSTREAM__CA_FILES. config.json may hold comments;
            unknown and duplicate keys are errors. It is read again when it changes or on SIGHUP, and refused as a whole if
            anything in it is wrong.

            Examples:
              sfw run
              sfw run --policy strict --listen 127.0.0.1:9000
              echo '{ "upstream": { "ca_files": ["corp-root.pem"] } }' > ~/.secretsfirewall/config.json
            """)
        { listen, admin, policy, attached };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var flags = new Dictionary<string, string>(StringComparer.Ordinal);
            AddFlag(flags, "listen.proxy", parse.GetValue(listen));
            AddFlag(flags, "listen.admin", parse.GetValue(admin));
            AddFlag(flags, "policy", parse.GetValue(policy));
            var home = CommonOptions.HomeOf(parse);
            var loader = new ConfigurationLoader(home, ProcessEnvironment.Variables(), flags);
            var isAttached = parse.GetValue(attached);
            using var signals = new StopSignals(ignoreInterrupt: isAttached, cancellationToken);
            return await RunAsync(home, loader, isAttached, Output.Of(parse), signals.Token);
        });
        return command;
    }

    private static void AddFlag(Dictionary<string, string> flags, string setting, string? text)
    {
        if (text is not null)
        {
            flags.Add(setting, text);
        }
    }

    private static async Task<int> RunAsync(FirewallHome home, ConfigurationLoader loader, bool attached, Output output, CancellationToken stop)
    {
        using var kill = new KillSignal();
        var (running, problem) = await RunningFirewall.StartAsync(home, loader, TimeProvider.System, output.Note, stop);
        if (running is null)
        {
            return output.Fail(problem!.Message, problem.ExitCode);
        }

        await using (running)
        {
            using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                running.Reload.Reload();
            });
            kill.Attach(() => running.Kills.TryKill(KillScope.System, "", "", KillSignal.Name));
            Announce(home, running, output);
            await WaitAsync(running, attached, stop);
        }

        return ExitCodes.Done;
    }

    private static async Task WaitAsync(RunningFirewall running, bool attached, CancellationToken stop)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var stopped = stop.Register(() => ended.TrySetResult());
        if (attached)
        {
            running.Sessions.AllEnded += () => ended.TrySetResult();
            await Task.WhenAny(ended.Task, Task.Delay(AttachTimeout, stop));
            if (running.Sessions.Count == 0)
            {
                return;
            }
        }

        await ended.Task;
    }

    private static void Announce(FirewallHome home, RunningFirewall running, Output output)
    {
        var policy = running.Firewall.Policy.Current;
        var proxy = running.Firewall.ProxyEndPoint;
        output.Line($"Secrets Firewall {AdminServer.Version}");
        output.Line($"  proxy   {output.Paint(proxy.ToString(), TextColour.Green)}");
        output.Line($"  admin   {running.Admin.EndPoint} (/healthz, /version)");
        output.Line($"  policy  {policy.Name}, revision {policy.Revision}, {policy.Hash} ({running.Firewall.Policy.Loaded.Trust.Word()})");
        output.Line($"  home    {home.Root}");
        output.Line();
        output.Line("Run an agent behind it:      sfw exec -- COMMAND");
        output.Line("Or set a shell up yourself:  eval \"$(sfw env)\"     which says, in short:");
        output.Line($"  export HTTPS_PROXY=http://{proxy} HTTP_PROXY=http://{proxy} NODE_USE_ENV_PROXY=1");
        var bundle = home.TrustedBy(AgentIdentity.Local).Bundle;
        output.Line($"  export SSL_CERT_FILE={bundle} NODE_EXTRA_CA_CERTS={bundle}");
        if (AsksForProxy(proxy.ToString()) is { } variable)
        {
            output.Note($"The variable {variable} asks for an upstream proxy. That is not supported yet: upstreams are connected to directly.");
        }

        output.Note(HomeNotes.ReadableByAgent);
    }

    /// <summary>The variable that names a proxy other than ourselves; its value may hold credentials and is not shown.</summary>
    private static string? AsksForProxy(string ourselves) => ProxyVariables.FirstOrDefault(name =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value && !value.Contains(ourselves, StringComparison.Ordinal));
}
