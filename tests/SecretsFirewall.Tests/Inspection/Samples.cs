using System.Buffers;
using System.Text;
using SecretsFirewall.Inspection.Detection;
using SecretsFirewall.Inspection.Detection.Forms;
using SecretsFirewall.Inspection.Detection.Rules;
using SecretsFirewall.Inspection.Redaction;
using SecretsFirewall.Model;

namespace SecretsFirewall.Tests.Inspection;

/// <summary>Secrets and texts made at run time from fixed seeds, and short ways to the subject.</summary>
internal static class Samples
{
    public const string Alphanumeric = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    public static readonly byte[] InstallKey = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    public static readonly RedactionPlan MaskAll = new()
    {
        Registered = FindingAction.Mask,
        Rule = FindingAction.Mask,
        Entropy = FindingAction.Mask,
        Reference = FindingAction.Pass,
    };

    public static string Token(Random random, int length, string alphabet = Alphanumeric) =>
        string.Create(length, random, (chars, source) =>
        {
            for (var i = 0; i < chars.Length; i++)
            {
                chars[i] = alphabet[source.Next(alphabet.Length)];
            }
        });

    public static string AgentToken(Random random)
    {
        var body = Token(random, 30);
        var checksum = new byte[6];
        Base62Crc32.Write(Bytes(body), checksum);
        return "sfwa_" + body + Encoding.ASCII.GetString(checksum);
    }

    public static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    public static DetectionSnapshot Snapshot(params (string Name, string Value)[] secrets) =>
        SnapshotOf([.. secrets.Select(secret => (secret.Name, Bytes(secret.Value)))]);

    public static DetectionSnapshot SnapshotOf(params (string Name, byte[] Value)[] secrets) =>
        DetectionSnapshot.Build([.. secrets.Select(secret => new RegisteredValue(SecretName.Create(secret.Name), secret.Value))], InstallKey);

    public static List<Detection> Find(this DetectionSnapshot snapshot, ReadOnlySpan<byte> text)
    {
        var found = new List<Detection>();
        snapshot.Find(text, found);
        return found;
    }

    public static byte[] MaskWhole(this DetectionSnapshot snapshot, ReadOnlySpan<byte> text)
    {
        var output = new ArrayBufferWriter<byte>();
        Splice.Mask(text, snapshot.Find(text), output);
        return output.WrittenSpan.ToArray();
    }

    public static string MaskWhole(this DetectionSnapshot snapshot, string text) =>
        Encoding.UTF8.GetString(snapshot.MaskWhole(Bytes(text)));

    /// <summary>Masks <paramref name="text"/> in chunks that end at <paramref name="cuts"/>.</summary>
    public static byte[] MaskInChunks(this DetectionSnapshot snapshot, byte[] text, params IEnumerable<int> cuts)
    {
        using var redactor = new StreamRedactor(snapshot, MaskAll);
        var output = new ArrayBufferWriter<byte>();
        var from = 0;
        foreach (var cut in cuts.Append(text.Length))
        {
            Assert.True(redactor.Write(text.AsSpan(from, cut - from), output));
            from = cut;
        }

        Assert.True(redactor.Complete(output));
        Assert.Equal(0, redactor.HeldBack);
        return output.WrittenSpan.ToArray();
    }

    public static byte[] MaskByteByByte(this DetectionSnapshot snapshot, byte[] text) =>
        snapshot.MaskInChunks(text, Enumerable.Range(1, Math.Max(0, text.Length - 1)));

    /// <summary>Every form that is registered for a value.</summary>
    public static List<(ValueForm Form, int Alignment, byte[] Bytes)> FormsOf(byte[] value)
    {
        using var arena = new FormArena();
        using var forms = new ValueForms();
        forms.AddAll(value, arena);
        return [.. arena.Forms.Select(form => (form.Form, (int)form.Alignment, arena.BytesOf(form).ToArray()))];
    }

    public static byte[] Concat(params byte[][] parts) => [.. parts.SelectMany(part => part)];
}
