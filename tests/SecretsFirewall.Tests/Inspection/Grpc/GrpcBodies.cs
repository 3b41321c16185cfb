using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using SecretsFirewall.Inspection.Codecs;
using SecretsFirewall.Inspection.Grpc;
using SecretsFirewall.Model;
using static SecretsFirewall.Tests.Inspection.Samples;

namespace SecretsFirewall.Tests.Inspection.Grpc;

/// <summary>Bodies of gRPC calls, written by hand.</summary>
internal static class GrpcBodies
{
    public static byte[] Message(byte[] payload, byte flags = 0)
    {
        var prefix = new byte[5];
        prefix[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(prefix.AsSpan(1), payload.Length);
        return [.. prefix, .. payload];
    }

    public static byte[] Message(string text, byte flags = 0) => Message(Bytes(text), flags);

    /// <summary>A protobuf field of type string, number 1.</summary>
    public static byte[] Field(string text) => [0x0a, (byte)Bytes(text).Length, .. Bytes(text)];

    public static byte[] Code(string coding, byte[] plain)
    {
        var coded = new MemoryStream();
        using (Stream encoder = coding switch
        {
            "gzip" => new GZipStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            "deflate" => new ZLibStream(coded, CompressionLevel.Fastest, leaveOpen: true),
            _ => new DeflateStream(coded, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            encoder.Write(plain);
        }

        return coded.ToArray();
    }

    /// <summary>As gRPC-Web writes it where the body must be text: each message in base64 of its own.</summary>
    public static byte[] Text(params byte[][] messages) => Encoding.ASCII.GetBytes(string.Concat(messages.Select(Convert.ToBase64String)));

    public static GrpcInspection Inspect(
        GrpcFormat format = default, GrpcLimits? limits = null, FindingAction action = FindingAction.Mask, params (string, string)[] secrets) =>
        new(Snapshot(secrets), format, limits ?? new GrpcLimits(), _ => action);

    public static GrpcFormat Coded(string coding) =>
        new(0, false, coding == "gzip" ? ContentCoding.Gzip : ContentCoding.Deflate);
}
