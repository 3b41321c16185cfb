using System.Collections.Frozen;

namespace SecretsFirewall.Commands.Walking;

internal enum WrapperKind
{
    /// <summary>The words behind it are the command.</summary>
    Words,

    /// <summary>The words behind it, joined, are a text for a shell.</summary>
    Text,

    /// <summary>The words behind <c>--</c> are the command; without one, those behind its own arguments.</summary>
    AfterDashes,
}

/// <summary>A command that runs another one, which stands in its arguments.</summary>
/// <param name="Sub">The sub-command that does.</param>
/// <param name="Skip">Its own arguments before the command, such as the name of a host.</param>
/// <param name="Valued">Its options that take the next word.</param>
internal sealed record Wrapper(string Sub, int Skip, WrapperKind Kind, FrozenSet<string> Valued)
{
    private const string DockerValues =
        "-e -u -w -v -p -l -m -h -a -c --env --user --workdir --env-file --name --network --net --volume --mount --publish --label --entrypoint --platform --memory --cpus --hostname --add-host --restart --gpus --shm-size --ulimit --device --cap-add --cap-drop --security-opt --pull --ip --dns --tmpfs --log-driver --context -H --host --config -f --file --project-name --profile --project-directory --detach-keys --index";

    private const string KubectlValues = "-n -c --namespace --container --context --kubeconfig --cluster --user -s --server -f --filename --pod-running-timeout";

    private static readonly FrozenDictionary<string, Wrapper[]> All = Build();

    public static IReadOnlyList<Wrapper> Of(string command) => All.GetValueOrDefault(command) ?? [];

    /// <returns>The words from the wrapped command on; null if this wrapper is not meant.</returns>
    public IReadOnlyList<Argument>? Unwrap(IReadOnlyList<Argument> arguments)
    {
        var at = 0;
        foreach (var word in Sub.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            at = SkipOptions(arguments, at);
            if (at >= arguments.Count || !word.Split('|').Contains(arguments[at].Text))
            {
                return null;
            }

            at++;
        }

        if (Kind == WrapperKind.AfterDashes)
        {
            for (var i = at; i < arguments.Count; i++)
            {
                if (arguments[i].Text == "--")
                {
                    return [.. arguments.Skip(i + 1)];
                }
            }
        }

        at = SkipOptions(arguments, at);
        for (var i = 0; i < Skip && at < arguments.Count; i++)
        {
            at = SkipOptions(arguments, at + 1);
        }

        return [.. arguments.Skip(at)];
    }

    private int SkipOptions(IReadOnlyList<Argument> arguments, int at)
    {
        while (at < arguments.Count && arguments[at].IsOption)
        {
            var option = arguments[at].Text;
            at++;
            if (option == "--")
            {
                break;
            }

            // -u NAME, --user NAME, -nu NAME; not -uNAME.
            if (Valued.Contains(option) || (option.Length > 2 && option[1] != '-' && !Valued.Contains(option[..2]) && Valued.Contains($"-{option[^1]}")))
            {
                at++;
            }
        }

        return Math.Min(at, arguments.Count);
    }

    private static FrozenDictionary<string, Wrapper[]> Build()
    {
        var found = new List<(string Name, Wrapper Wrapper)>();
        void Add(string names, string valued = "", string sub = "", int skip = 0, WrapperKind kind = WrapperKind.Words)
        {
            var set = valued.Split(' ', StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);
            foreach (var name in names.Split(' '))
            {
                found.Add((name, new Wrapper(sub, skip, kind, set)));
            }
        }

        Add("sudo", "-u -g -h -p -C -T -R -D -r -t -U --user --group --host --prompt --chdir --chroot --role --type --close-from --command-timeout --other-user");
        Add("doas", "-u -C -a");
        Add("pkexec", "--user");
        Add("env", "-u -C --unset --chdir -P");
        Add("nohup setsid builtin busybox toybox caffeinate unbuffer rlwrap dbus-run-session catchsegv dumb-init tini torsocks torify firejail winpty corepack setarch rosetta arch", "-c -t -w");
        Add("exec", "-a");
        Add("command");
        Add("nice", "-n --adjustment");
        Add("ionice", "-c -n -p -P -u --class --classdata");
        Add("time gtime", "-f -o --format --output");
        Add("timeout gtimeout", "-s -k --signal --kill-after", skip: 1);
        Add("stdbuf", "-i -o -e --input --output --error");
        Add("strace ltrace", "-e -o -p -s -E -u -a -P -S");
        Add("chroot", "--userspec --groups --skip-chdir", skip: 1);
        Add("flock", "-w -E --timeout --conflict-exit-code --wait", skip: 1);
        Add("taskset chrt gosu su-exec setuidgid numactl", "", skip: 1);
        Add("unshare nsenter", "-t -S -G -w -R --target --setuid --setgid --wd --root --map-user --map-group");
        Add("systemd-run", "-u -p -E -M -H --unit --property --setenv --slice --uid --gid --description");
        Add("proxychains proxychains4", "-f");
        Add("xvfb-run", "-n -s -f -e -w --server-num --server-args");
        Add("entr");
        Add("watch", "-n -q --interval", kind: WrapperKind.Text);
        Add("parallel", "-j -P -a -I -S -N -n -L --jobs --arg-file --joblog --colsep --delay --timeout --retries --tmpdir --results", kind: WrapperKind.Text);
        Add("ssh autossh mosh", "-p -i -l -o -F -J -L -R -D -b -c -e -m -O -Q -S -W -w -E -I -B -M", skip: 1, kind: WrapperKind.Text);
        Add("sshpass", "-p -f -d -P");
        Add("adb", "-s -t -H -P", "shell", kind: WrapperKind.Text);
        Add("heroku", "-a --app", "run", kind: WrapperKind.Text);
        Add("npx bunx pnpx uvx", "-p --package --from --with --python");
        Add("npm", "--prefix -w --workspace -p --package", "exec|x");
        Add("pnpm yarn", "-C --dir --filter -F --package --cwd", "exec|dlx");
        Add("bun", "", "x");
        Add("poetry pipenv pdm hatch rye", "-P -C --project --directory", "run");
        Add("uv", "--with --python -p --project --directory --package --extra --group --with-requirements", "run|tool run");
        Add("uv", "--with --python -p --from", "tool run");
        Add("pipx", "--spec --python", "run");
        Add("bundle", "", "exec");
        Add("mise asdf rbenv pyenv nodenv", "", "exec|x", kind: WrapperKind.AfterDashes);
        Add("direnv aws-vault", "", "exec", skip: 1);
        Add("conda mamba micromamba", "-n -p --name --prefix --cwd", "run");
        Add("doppler op infisical teller chamber", "-p -c --project --config --env-file --env", "run|exec", kind: WrapperKind.AfterDashes);
        Add("dotenv dotenvx", "-e -f --env-file", "", kind: WrapperKind.AfterDashes);
        Add("docker podman nerdctl", DockerValues, "exec", skip: 1);
        Add("docker podman nerdctl", DockerValues, "container exec", skip: 1);
        Add("docker podman nerdctl", DockerValues, "run", skip: 1);
        Add("docker podman nerdctl", DockerValues, "compose exec|run", skip: 1);
        Add("docker-compose podman-compose", DockerValues, "exec|run", skip: 1);
        Add("kubectl oc k3s-kubectl microk8s.kubectl", KubectlValues, "exec", skip: 1, kind: WrapperKind.AfterDashes);
        Add("lxc incus multipass", "", "exec", skip: 1, kind: WrapperKind.AfterDashes);
        Add("wsl", "-d -u --distribution --user --cd");
        Add("git", "-C -c --git-dir --work-tree", "bisect run");
        Add("git", "-C -c --git-dir --work-tree", "submodule foreach", kind: WrapperKind.Text);
        Add("sfw", "--home --agent --profile", "exec", kind: WrapperKind.AfterDashes);
        return found.GroupBy(pair => pair.Name, pair => pair.Wrapper, StringComparer.Ordinal).ToFrozenDictionary(group => group.Key, group => group.ToArray(), StringComparer.Ordinal);
    }
}
