using System.Diagnostics;

namespace SecretsFirewall.Tests.Inspection.Git;

/// <summary>A repository made by git itself, for one test.</summary>
internal sealed class GitRepository : IDisposable
{
    private readonly TempFolder _folder = new();

    public GitRepository(string format = "sha1") => Git("init", "-q", "-b", "main", $"--object-format={format}", ".");

    public string this[string name] => _folder[name];

    /// <summary>Writes <paramref name="content"/> and commits everything.</summary>
    public void Commit(string name, byte[] content, string message = "A change")
    {
        File.WriteAllBytes(_folder[name], content);
        Git("add", "-A");
        Git("commit", "-q", "--allow-empty", "-m", message);
    }

    /// <summary>All that <paramref name="revisions"/> reach, as a push would send it; what is left out is in <c>^name</c>.</summary>
    public byte[] Pack(string revisions = "HEAD", params string[] options) =>
        Run(Samples.Bytes(revisions + "\n"), ["pack-objects", "--revs", "--stdout", "--delta-base-offset", "-q", .. options]);

    public byte[] Git(params string[] arguments) => Run([], arguments);

    public byte[] Run(byte[] input, string[] arguments)
    {
        var start = new ProcessStartInfo("git", ["-c", "user.name=Test", "-c", "user.email=test@example.com", .. arguments])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["GIT_CONFIG_GLOBAL"] = _folder["no-config"];
        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        using var process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(input);
        process.StandardInput.Close();
        var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }

    public void Dispose()
    {
        // Objects are read-only, which some systems take for a reason not to delete them.
        foreach (var file in Directory.EnumerateFiles(_folder.Path, "*", SearchOption.AllDirectories))
        {
            File.SetAttributes(file, FileAttributes.Normal);
        }

        _folder.Dispose();
    }
}
