using System.Buffers.Text;
using System.Text.Json;
using SecretsFirewall.Inspection.Codecs;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Matrix;

/// <summary>A place of a message that texts stand in: how a text is written there, and how whoever gets the message reads it.</summary>
/// <param name="Write">Null if such a text cannot stand there.</param>
/// <param name="Read">The text of a message; throws if the message is broken.</param>
internal sealed record TextCarrier(string Name, Func<byte[], byte[]?> Write, Func<byte[], byte[]> Read)
{
    private const string Json = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"";
    private const string JsonEnd = "\"}],\"stream\":true}";
    private const string Multipart = "--edge\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\n";
    private const string MultipartEnd = "\r\n--edge--\r\n";

    /// <summary>Those whose texts stand in them as they are, or with the escapes of JSON.</summary>
    public static IReadOnlyList<TextCarrier> Plain { get; } =
    [
        new("a body of its own", text => text, message => message),
        new("a JSON string", text => Between(Json, JsonStringCodec.Encode(text), JsonEnd), ReadJson),
        new("a part of a multipart body", text => Between(Multipart, text, MultipartEnd), message => Inside(Multipart, message, MultipartEnd)),
        new("a header's value", text => text.AsSpan().ContainsAnyInRange((byte)0, (byte)0x1F) ? null : text, message => message),
    ];

    /// <summary>Those that encode.</summary>
    public static IReadOnlyList<TextCarrier> Encoding { get; } =
    [
        new("a form field", text => Between("a=1&note=", FormCodec.Encode(text), "&b=2"), message => FormCodec.Decode(Inside("a=1&note=", message, "&b=2"))),
        new("a URL's query", text => Between("/find?q=", PercentCodec.Encode(text), "&n=2"), message => PercentCodec.Decode(Inside("/find?q=", message, "&n=2"))),
        new("a JSON string in base64", text => Between(Json, Bytes(Convert.ToBase64String(text)), JsonEnd), message => Base64Of(ReadJson(message))),
    ];

    public override string ToString() => Name;

    private static byte[] Between(string before, byte[] text, string behind) => Concat(Bytes(before), text, Bytes(behind));

    private static byte[] Inside(string before, byte[] message, string behind)
    {
        Assert.True(message.AsSpan().StartsWith(Bytes(before)) && message.AsSpan().EndsWith(Bytes(behind)), "What is around the text has changed.");
        return message[before.Length..^behind.Length];
    }

    private static byte[] ReadJson(byte[] message)
    {
        using var document = JsonDocument.Parse(message);
        Assert.True(document.RootElement.GetProperty("stream").GetBoolean());
        return Bytes(document.RootElement.GetProperty("messages")[0].GetProperty("content").GetString()!);
    }

    private static byte[] Base64Of(byte[] text)
    {
        Assert.True(Base64.IsValid(text), "The base64 around the reference does not decode.");
        return Convert.FromBase64String(System.Text.Encoding.ASCII.GetString(text));
    }
}
