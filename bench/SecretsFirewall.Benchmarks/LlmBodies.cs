using System.Text;
using System.Text.Json;

namespace SecretsFirewall.Benchmarks;

/// <summary>
/// LLM request bodies from a fixed seed: JSON messages with source code, logs, diffs, Markdown and now and then a base64 image, in about the
/// proportions of agents' traffic. No secrets. The same seed always gives the same bytes.
/// </summary>
internal static class LlmBodies
{
    private static readonly string[] Words =
        ("the of and to in is that it for on with as this be are by or an not from at we can if all will has more when one so which request "
        + "response stream buffer token index value result error state handler service client server config option default timeout retry "
        + "connection message content model agent tool call function return string number list map key name path file line test build "
        + "update create delete read write open close start stop check parse format encode decode match find replace because should could "
        + "before after between during without however therefore example following implementation performance security").Split(' ');

    private static readonly string[] Types = ["int", "string", "bool", "List<string>", "ReadOnlySpan<byte>", "Task", "double", "Dictionary<string, int>"];

    private static readonly string[] Levels = ["INFO", "DEBUG", "WARN", "ERROR"];

    /// <summary>Bodies of 1 KB to 512 KB until <paramref name="totalBytes"/> are reached.</summary>
    public static IReadOnlyList<byte[]> Create(int totalBytes, int seed = 20_260)
    {
        var random = new Random(seed);
        var bodies = new List<byte[]>();
        for (var total = 0; total < totalBytes; total += bodies[^1].Length)
        {
            bodies.Add(CreateBody(random, 1 << random.Next(10, 20)));
        }

        return bodies;
    }

    /// <summary>One body of about <paramref name="bytes"/>.</summary>
    public static byte[] CreateBody(Random random, int bytes)
    {
        var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("model", "claude-sonnet-4-5");
            json.WriteNumber("max_tokens", 8192);
            json.WriteString("system", Prose(random, 600));
            json.WriteStartArray("messages");
            while (body.Length + json.BytesPending < bytes)
            {
                WriteTurn(json, random);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static void WriteTurn(Utf8JsonWriter json, Random random)
    {
        json.WriteStartObject();
        json.WriteString("role", random.Next(2) == 0 ? "user" : "assistant");
        json.WriteStartArray("content");
        json.WriteStartObject();
        switch (random.Next(200))
        {
            case < 1:
                json.WriteString("type", "image");
                json.WriteString("data", Base64(random, 6_000));
                break;
            case < 80:
                json.WriteString("type", "tool_result");
                json.WriteString("tool_use_id", "toolu_" + Base62(random, 24));
                json.WriteString("content", random.Next(5) == 0 ? Log(random, 2_500) : Code(random, 4_000));
                break;
            case < 100:
                json.WriteString("type", "text");
                json.WriteString("text", Diff(random, 2_000));
                break;
            default:
                json.WriteString("type", "text");
                json.WriteString("text", Prose(random, 900));
                break;
        }

        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Prose(Random random, int length)
    {
        var text = new StringBuilder("## ").Append(Word(random)).Append("\n\n");
        while (text.Length < length)
        {
            text.Append(Word(random)).Append(random.Next(12) switch { 0 => ". ", 1 => ", ", 2 => ".\n- ", 3 => $" `{Identifier(random)}` ", _ => " " });
        }

        return text.ToString();
    }

    private static string Code(Random random, int length)
    {
        var text = new StringBuilder();
        while (text.Length < length)
        {
            var indent = new string(' ', 4 * random.Next(1, 5));
            text.Append(indent);
            _ = random.Next(7) switch
            {
                0 => text.Append($"public {Pick(Types, random)} {Pascal(random)}({Pick(Types, random)} {Identifier(random)})\n{indent}{{\n"),
                1 => text.Append($"var {Identifier(random)} = {Identifier(random)}.{Pascal(random)}({random.Next(100)});\n"),
                2 => text.Append($"if ({Identifier(random)} != null && {Identifier(random)}.Length > {random.Next(9)})\n{indent}{{\n"),
                3 => text.Append($"// {Word(random)} {Word(random)} {Word(random)} {Word(random)} {Word(random)}\n"),
                4 => text.Append($"return {Identifier(random)}.{Pascal(random)}(\"{Word(random)}-{Word(random)}\", {Identifier(random)});\n"),
                5 => text.Append($"{Identifier(random)}[{Identifier(random)}] += 0x{random.Next(65_536):x4};\n"),
                _ => text.Append("}\n\n"),
            };
        }

        return text.ToString();
    }

    private static string Log(Random random, int length)
    {
        var text = new StringBuilder();
        var time = new DateTime(2026, 3, 1, 8, 0, 0, DateTimeKind.Utc);
        while (text.Length < length)
        {
            time = time.AddMilliseconds(random.Next(5_000));
            text.Append($"{time:yyyy-MM-ddTHH:mm:ss.fffZ} {Pick(Levels, random)} [{Word(random)}.{Pascal(random)}] ");
            text.Append(random.Next(6) == 0 ? $"id={HexGuid(random)} " : "").Append($"{Word(random)} {Word(random)} took {random.Next(2_000)}ms, status {random.Next(200, 504)}\n");
        }

        return text.ToString();
    }

    private static string Diff(Random random, int length)
    {
        var text = new StringBuilder($"```diff\ndiff --git a/src/{Word(random)}.cs b/src/{Word(random)}.cs\nindex {Hex(random, 7)}..{Hex(random, 7)} 100644\n");
        while (text.Length < length)
        {
            text.Append($"@@ -{random.Next(900)},7 +{random.Next(900)},9 @@\n");
            foreach (var line in Code(random, 300).Split('\n'))
            {
                text.Append(" +-"[random.Next(3)]).Append(line).Append('\n');
            }
        }

        return text.Append("```\n").ToString();
    }

    private static string Word(Random random) => Pick(Words, random);

    private static string Pick(string[] from, Random random) => from[random.Next(from.Length)];

    private static string Pascal(Random random)
    {
        var (first, second) = (Word(random), Word(random));
        return char.ToUpperInvariant(first[0]) + first[1..] + char.ToUpperInvariant(second[0]) + second[1..];
    }

    private static string Identifier(Random random) => random.Next(6) switch
    {
        0 => Word(random) + random.Next(10),
        1 => "_" + Word(random),
        2 => $"{Word(random)}_{Word(random)}",
        _ => Word(random) + Pascal(random),
    };

    private static string Hex(Random random, int length) => random.GetString("0123456789abcdef", length);

    private static string HexGuid(Random random) => $"{Hex(random, 8)}-{Hex(random, 4)}-4{Hex(random, 3)}-a{Hex(random, 3)}-{Hex(random, 12)}";

    private static string Base62(Random random, int length) =>
        random.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", length);

    private static string Base64(Random random, int bytes)
    {
        var data = new byte[bytes];
        random.NextBytes(data);
        return Convert.ToBase64String(data);
    }
}
