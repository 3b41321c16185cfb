using System.Buffers;
using System.Buffers.Text;
using System.Text;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>
/// One frame of a binary event stream. Its payload is the event, named by <c>:event-type</c>; or it carries the provider's own event:
/// <c>{"bytes":"…base64…","p":"padding"}</c>.
/// </summary>
internal sealed class FrameEvent : StreamEvent
{
    private readonly TrafficBytes _carried = new();
    private readonly int _headersLength;
    private int _carrierStart;
    private int _carrierLength = -1;

    private FrameEvent(TrafficBytes raw, int headersLength)
        : base(raw) => _headersLength = headersLength;

    /// <summary>The event is the provider's own, in base64.</summary>
    public bool IsCarrier => _carrierLength >= 0;

    /// <summary>It says nothing at all.</summary>
    public bool IsEmpty => _headersLength == 0 && Payload.IsEmpty;

    private ReadOnlyMemory<byte> Headers => Raw.Slice(AmazonFrame.PreludeBytes, _headersLength);

    private ReadOnlyMemory<byte> Payload => Raw[(AmazonFrame.PreludeBytes + _headersLength)..^AmazonFrame.ChecksumBytes];

    /// <param name="raw">A whole frame; belongs to the event from now on.</param>
    /// <returns>Null where two readers would not find the same in it; <paramref name="raw"/> was disposed of then.</returns>
    public static FrameEvent? Read(TrafficBytes raw, int headersLength, out ToolGateStop stop)
    {
        var one = new FrameEvent(raw, headersLength);
        stop = one.Read();
        if (stop is ToolGateStop.None)
        {
            return one;
        }

        one.Dispose();
        return null;
    }

    public override void Dispose()
    {
        base.Dispose();
        _carried.Dispose();
    }

    protected override void WriteOwn(in OwnEvent own, IBufferWriter<byte> output)
    {
        if (IsCarrier)
        {
            AmazonFrame.Write(Headers.Span, [.. "{\"bytes\":\""u8, .. Encoding.ASCII.GetBytes(Convert.ToBase64String(own.Json)), .. "\"}"u8], output);
            return;
        }

        byte[] headers =
        [
            .. AmazonFrame.StringHeader(":event-type"u8, Encoding.UTF8.GetBytes(own.Name ?? "")),
            .. AmazonFrame.StringHeader(":content-type"u8, "application/json"u8),
            .. AmazonFrame.StringHeader(":message-type"u8, "event"u8),
        ];
        AmazonFrame.Write(headers, own.Json, output);
    }

    protected override void WriteEdited(IBufferWriter<byte> output)
    {
        using var changed = new TrafficBytes();
        Edits.Apply(Data.Span, changed);
        if (!IsCarrier)
        {
            AmazonFrame.Write(Headers.Span, changed.Written.Span, output);
            return;
        }

        using var payload = new TrafficBytes();
        payload.Append(Payload.Span[.._carrierStart]);
        var length = Base64.GetMaxEncodedToUtf8Length(changed.Count);
        Base64.EncodeToUtf8(changed.Written.Span, payload.GetSpan(length), out _, out var written);
        payload.Advance(written);
        payload.Append(Payload.Span[(_carrierStart + _carrierLength)..]);
        AmazonFrame.Write(Headers.Span, payload.Written.Span, output);
    }

    private ToolGateStop Read()
    {
        var headers = Headers.Span;
        if (!AmazonFrame.IsIntact(Raw.Span)
            || !AmazonFrame.TryFindString(headers, ":message-type"u8, out var kind) || !AmazonFrame.TryFindString(headers, ":event-type"u8, out var type)
            || !AmazonFrame.TryFindString(headers, ":exception-type"u8, out var exception))
        {
            return ToolGateStop.NotFrames;
        }

        Data = Payload;
        IsFailure = kind.SequenceEqual("exception"u8) || kind.SequenceEqual("error"u8);
        if (IsFailure || IsEmpty)
        {
            return ToolGateStop.None;
        }

        if (!kind.SequenceEqual("event"u8) || type.IsEmpty || !exception.IsEmpty)
        {
            return ToolGateStop.UnknownShape;
        }

        if (!type.SequenceEqual("chunk"u8))
        {
            Name = Encoding.UTF8.GetString(type);
            return ToolGateStop.None;
        }

        return ReadCarried();
    }

    // Some clients skip what is no base64 and others give up: it must be spelled as an ordinary writer does.
    private ToolGateStop ReadCarried()
    {
        if (JsonTree.Read(Payload) is not { } tree || !tree.IsObject(0) || tree.Find(0, "bytes"u8) is var bytes && !tree.IsString(bytes))
        {
            return ToolGateStop.NotStrictJson;
        }

        if (tree.IsAmbiguous || !tree.Children(0).All(member => tree.NameIs(member, "bytes"u8) || tree.IsString(member)))
        {
            return ToolGateStop.UnknownShape;
        }

        var text = tree.Raw(bytes)[1..^1];
        var status = Base64.DecodeFromUtf8(text, _carried.GetSpan(Base64.GetMaxDecodedFromUtf8Length(text.Length)), out _, out var written);
        _carried.Advance(written);
        if (status is not OperationStatus.Done || !Encoding.ASCII.GetBytes(Convert.ToBase64String(_carried.Written.Span)).AsSpan().SequenceEqual(text))
        {
            return ToolGateStop.NotStrictJson;
        }

        (_carrierStart, _carrierLength, Data) = (tree.Start(bytes) + 1, text.Length, _carried.Written);
        return ToolGateStop.None;
    }
}
