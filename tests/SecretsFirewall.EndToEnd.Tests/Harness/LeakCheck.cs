using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>Looks for canaries, in every form of <see cref="Encodings"/>, where none may be.</summary>
internal sealed class LeakCheck
{
    private readonly List<(string Canary, string Form, byte[] Bytes)> _forms = [];

    public LeakCheck(params IEnumerable<Canary> canaries)
    {
        foreach (var canary in canaries)
        {
            _forms.AddRange(Encodings.AllOf(canary.Value).Select(form => (canary.Name, form.Key, form.Value)));
        }
    }

    /// <summary>Fails if <paramref name="bytes"/> hold a canary; the message tells which and where, not the value.</summary>
    public void AssertClean(string what, ReadOnlySpan<byte> bytes)
    {
        foreach (var (canary, form, needle) in _forms)
        {
            var at = bytes.IndexOf(needle);
            if (at >= 0)
            {
                Assert.Fail($"{what} holds {canary} ({form}) at byte {at}.");
            }
        }
    }

    public void AssertClean(string what, string text) => AssertClean(what, Encoding.UTF8.GetBytes(text));

    /// <summary>Every file below <paramref name="folder"/>, and every name.</summary>
    public void AssertCleanFolder(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            AssertClean("The name of a file", file);
            if (!IsSocket(file))
            {
                using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
                var content = new MemoryStream();
                stream.CopyTo(content);
                AssertClean(Path.GetFileName(file), content.ToArray());
            }
        }
    }

    // Ours, and what every .NET process has in its temporary folder: they hold nothing, and opening a pipe would wait for its other end.
    private static bool IsSocket(string file) => file.EndsWith(".sock", StringComparison.Ordinal) || file.EndsWith("-socket", StringComparison.Ordinal)
        || Path.GetFileName(file).StartsWith("clr-debug-pipe-", StringComparison.Ordinal);
}
