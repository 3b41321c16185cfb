using System.Buffers.Binary;
using System.Text;

namespace SecretsFirewall.EndToEnd.Tests.Harness;

/// <summary>gRPC's messages, written by hand: a flag, a length, and a protobuf text (field 1) or whatever is given.</summary>
internal static class GrpcFrames
{
    public static byte[] Message(string text) => Frame([0x0a, (byte)Encoding.UTF8.GetByteCount(text), .. Encoding.UTF8.GetBytes(text)]);

    public static byte[] Frame(byte[] payload, byte flags = 0)
    {
        var frame = new byte[5 + payload.Length];
        frame[0] = flags;
        BinaryPrimitives.WriteInt32BigEndian(frame.AsSpan(1), payload.Length);
        payload.CopyTo(frame, 5);
        return frame;
    }

    /// <summary>gRPC-Web's trailers, in the body.</summary>
    public static byte[] Trailers(string text) => Frame(Encoding.ASCII.GetBytes(text), 0x80);
}
