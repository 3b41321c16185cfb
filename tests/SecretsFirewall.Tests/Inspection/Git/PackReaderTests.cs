using System.Globalization;
using System.Text;
using SecretsFirewall.Inspection.Git;

namespace SecretsFirewall.Tests.Inspection.Git;

public sealed class PackReaderTests
{
    [Theory]
    [InlineData("sha1", 20)]
    [InlineData("sha256", 32)]
    public void Next_PackWithoutDeltas_GivesWhatGitHas(string format, int hashBytes)
    {
        using var repository = new GitRepository(format);
        var random = new Random(1);
        var noise = new byte[400_000];
        random.NextBytes(noise);
        repository.Commit("empty", []);
        repository.Commit("noise", noise);
        repository.Commit("words", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 9000))));
        repository.Git("tag", "-a", "-m", "A tag", "one");
        var pack = repository.Pack("one", "--window=0");

        var objects = ReadAll(pack, hashBytes, piece: 1000);

        Assert.Equal(Everything(repository), objects);
    }

    [Fact]
    public void Next_Deltas_GiveTheirBases()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(0, 2000))));
        repository.Commit("file", Samples.Bytes(string.Join('\n', Enumerable.Range(1, 2000))));

        Assert.Contains(ReadAll(repository.Pack(), 20, 100), one => one.StartsWith("offsetdelta", StringComparison.Ordinal));
        Assert.Contains(ReadAll(repository.Pack("HEAD\n^HEAD~", "--thin"), 20, 100), one => one.StartsWith("referencedelta", StringComparison.Ordinal));
    }

    [Fact]
    public void Next_WhatStandsBehind_IsLeft()
    {
        using var repository = new GitRepository();
        repository.Commit("file", Samples.Bytes("text"));
        byte[] bytes = [.. repository.Pack(), 1, 2, 3];
        using var reader = new PackReader(new PackLimits(), 20);
        ReadOnlySpan<byte> rest = bytes;
        PackEvent last;
        do
        {
            last = reader.Next(ref rest);
        }
        while (last is not (PackEvent.Ended or PackEvent.Malformed));

        Assert.Equal(PackEvent.Ended, last);
        Assert.Equal(3, rest.Length);
    }

    // Type and content of each object, one a line.
    private static List<string> Everything(GitRepository repository)
    {
        var all = repository.Git("cat-file", "--batch-all-objects", "--batch=%(objecttype) %(objectsize)");
        var objects = new List<string>();
        for (var at = 0; at < all.Length;)
        {
            var end = Array.IndexOf(all, (byte)'\n', at);
            var head = Encoding.ASCII.GetString(all, at, end - at).Split(' ');
            var size = int.Parse(head[1], CultureInfo.InvariantCulture);
            objects.Add($"{head[0]} {Convert.ToHexString(all.AsSpan(end + 1, size))}");
            at = end + 1 + size + 1;
        }

        objects.Sort(StringComparer.Ordinal);
        return objects;
    }

    private static List<string> ReadAll(byte[] pack, int hashBytes, int piece)
    {
        using var reader = new PackReader(new PackLimits(), hashBytes);
        var objects = new List<string>();
        var text = new MemoryStream();
        for (var at = 0; at < pack.Length; at += piece)
        {
            ReadOnlySpan<byte> input = pack.AsSpan(at, Math.Min(piece, pack.Length - at));
            while (true)
            {
                var one = reader.Next(ref input);
                if (one is PackEvent.Text)
                {
                    text.Write(reader.Text);
                }
                else if (one is PackEvent.ObjectEnded)
                {
                    Assert.Equal(reader.Size, text.Length);
                    objects.Add($"{reader.Type.ToString().ToLowerInvariant()} {Convert.ToHexString(text.ToArray())}");
                    text.SetLength(0);
                }
                else if (one is PackEvent.Ended)
                {
                    objects.Sort(StringComparer.Ordinal);
                    return objects;
                }
                else if (one is PackEvent.NeedInput)
                {
                    break;
                }
                else
                {
                    Assert.Equal(PackEvent.ObjectStarted, one);
                }
            }
        }

        throw new InvalidOperationException("The pack did not end.");
    }
}
