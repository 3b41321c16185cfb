using System.Buffers.Binary;
using SecretsFirewall.Model;

namespace SecretsFirewall.Protocols.Usage;

/// <summary>How an answer is cut into JSON texts.</summary>
internal enum UsageFraming
{
    /// <summary>Not known yet: the first byte tells.</summary>
    Unknown = 0,

    /// <summary>One text, several in a row, or an array of them.</summary>
    Json,

    /// <summary>Server-sent events.</summary>
    Events,

    /// <summary>The binary frames of AWS.</summary>
    Frames,
}

/// <summary>
/// Watches a model's answer as it passes, decoded and as the provider sent it, and says what it came to. It holds nothing back and nothing but a line's
/// beginning; of the bytes it reads the marks of the grammar. What it says depends on the answer alone, not on how it is cut into chunks.
/// <code>
///   data: {"type":"message_start","message":{"usage":{…}}}   ─┐
///   data: {"type":"content_block_delta", …}                    ├─► JsonSkimmer ─► AnswerMembers ─► UsageReading
///   data: {"type":"message_delta","usage":{…}}                ─┘
/// </code>
/// Not safe for concurrent use.
/// </summary>
public sealed class UsageReader : IDisposable
{
    /// <summary>What a token of text comes to: four bytes are the rule of thumb that the providers themselves give for English.</summary>
    public const int BytesPerToken = 4;

    private const int PreludeBytes = 12;
    private const int ChecksumBytes = 4;

    private readonly AnswerMembers _members;
    private readonly JsonSkimmer _skimmer;
    private readonly JsonSkimmer _carried;
    private readonly byte[] _prelude = new byte[PreludeBytes];
    private UsageFraming _framing;
    private UsageFigures _head;
    private long _bytes;

    // A line of an event stream: how much of "data:" it has shown, or -1 where it is another field.
    private int _field;
    private bool _isData;
    private bool _isBlank = true;
    private bool _hasCarriageReturn;
    private int _mark;

    // A frame.
    private int _preludeLength;
    private long _toSkip;
    private long _payload;

    /// <param name="isAmazonStream">As the answer's Content-Type says; everything else is told by its first byte.</param>
    public UsageReader(bool isAmazonStream = false)
    {
        _framing = isAmazonStream ? UsageFraming.Frames : UsageFraming.Unknown;
        _members = new AnswerMembers { OnCarried = isAmazonStream ? ReadCarried : null };
        _skimmer = new JsonSkimmer(_members);
        _carried = new JsonSkimmer(_members);
    }

    /// <summary>The provider has said what the answer came to.</summary>
    public bool IsFinal => _members.IsFinal;

    /// <summary>A model has written something.</summary>
    public bool HasText => _members.WrittenBytes > 0;

    /// <summary>Takes the next chunk of the answer.</summary>
    public void Write(ReadOnlySpan<byte> chunk)
    {
        _bytes += chunk.Length;
        if (_framing is UsageFraming.Unknown)
        {
            Learn(chunk);
        }

        switch (_framing)
        {
            case UsageFraming.Json:
                _skimmer.Write(chunk);
                break;
            case UsageFraming.Events:
                WriteEvents(chunk);
                break;
            case UsageFraming.Frames:
                WriteFrames(chunk);
                break;
        }
    }

    /// <summary>Takes one whole message of a WebSocket.</summary>
    public void WriteMessage(ReadOnlySpan<byte> json)
    {
        _bytes += json.Length;
        _skimmer.Write(json);
        _skimmer.Reset();
    }

    /// <summary>A number that the answer's head says: the provider's count where its body says nothing.</summary>
    public void ReadHeader(string name, string value)
    {
        var word = name.ToLowerInvariant() switch
        {
            "x-amzn-bedrock-input-token-count" => UsageWord.Input,
            "x-amzn-bedrock-output-token-count" => UsageWord.Output,
            "x-amzn-bedrock-cache-read-input-token-count" => UsageWord.CacheRead,
            "x-amzn-bedrock-cache-write-input-token-count" => UsageWord.CacheWrite,
            _ => UsageWord.None,
        };
        if (word is not UsageWord.None)
        {
            _head.Read(word, System.Text.Encoding.ASCII.GetBytes(value));
        }
    }

    /// <summary>What the answer came to, as far as it was seen. What the provider did not say is guessed, from the request and from what was written.</summary>
    public UsageReading Complete(RequestFigures request)
    {
        ref var figures = ref _members.Figures;
        var isFromHead = !figures.HasInput && !figures.HasOutput && (_head.HasInput || _head.HasOutput);
        var said = isFromHead ? _head : figures;
        var usage = said.ToUsage();
        var isSuspect = said.IsSuspect || _members.Figures.IsSuspect || _head.IsSuspect;
        var isEstimated = false;
        if (!said.HasInput)
        {
            usage = usage with { Input = request.InputEstimate };
            isEstimated = true;
        }

        if (!isFromHead && !_members.IsFinal)
        {
            var guess = request.IsBackground ? request.MostOutput ?? 0 : Tokens(_members.WrittenBytes > 0 ? _members.WrittenBytes : said.HasInput ? 0 : _bytes);
            usage = usage with { Output = Math.Max(usage.Output, guess) };
            isEstimated = true;
        }

        return new UsageReading(usage, _members.Model, isEstimated, isSuspect);
    }

    public void Dispose()
    {
        _skimmer.Dispose();
        _carried.Dispose();
    }

    internal static long Tokens(long bytes) => Math.Min((bytes + BytesPerToken - 1) / BytesPerToken, TokenUsage.MostPerCall);

    private void Learn(ReadOnlySpan<byte> chunk)
    {
        foreach (var one in chunk)
        {
            switch (one)
            {
                case (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0xEF or 0xBB or 0xBF:
                    continue;
                case (byte)'{' or (byte)'[':
                    _framing = UsageFraming.Json;
                    return;
                default:
                    _framing = UsageFraming.Events;
                    return;
            }
        }
    }

    private void WriteEvents(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            if (_hasCarriageReturn)
            {
                _hasCarriageReturn = false;
                if (chunk[0] == '\n')
                {
                    chunk = chunk[1..];
                    continue;
                }
            }

            if (!_isData && _field >= 0 && TryReadField(ref chunk))
            {
                continue;
            }

            var end = chunk.IndexOfAny((byte)'\r', (byte)'\n');
            var part = end < 0 ? chunk : chunk[..end];
            if (_isData)
            {
                _skimmer.Write(part);
            }

            if (end < 0)
            {
                return;
            }

            _hasCarriageReturn = chunk[end] == '\r';
            EndLine();
            chunk = chunk[(end + 1)..];
        }
    }

    /// <summary>One byte of a line's beginning; false where the line goes on as it is known to be.</summary>
    private bool TryReadField(ref ReadOnlySpan<byte> chunk)
    {
        var one = chunk[0];
        if (_field == 0 && _mark < 3 && one == (byte)(_mark == 0 ? 0xEF : _mark == 1 ? 0xBB : 0xBF))
        {
            _mark++; // a byte order mark, before the first line
            chunk = chunk[1..];
            return true;
        }

        if (one is (byte)'\r' or (byte)'\n')
        {
            return false;
        }

        _isBlank = false;
        if (one != "data:"u8[_field])
        {
            _field = -1;
            return false;
        }

        _field++;
        _isData = _field == "data:"u8.Length;
        _mark = 3;
        chunk = chunk[1..];
        return true;
    }

    private void EndLine()
    {
        if (_isData)
        {
            _skimmer.Write("\n"u8); // a value does not go on behind a line's end
        }
        else if (_isBlank)
        {
            _skimmer.Reset();
        }

        (_field, _isData, _isBlank, _mark) = (0, false, true, 3);
    }

    private void WriteFrames(ReadOnlySpan<byte> chunk)
    {
        while (!chunk.IsEmpty)
        {
            if (_toSkip > 0 || _payload > 0)
            {
                var isPayload = _toSkip == 0;
                var count = (int)Math.Min(chunk.Length, isPayload ? _payload : _toSkip);
                if (isPayload)
                {
                    _skimmer.Write(chunk[..count]);
                    _payload -= count;
                    if (_payload == 0)
                    {
                        _skimmer.Reset();
                        _toSkip = ChecksumBytes;
                    }
                }
                else
                {
                    _toSkip -= count;
                }

                chunk = chunk[count..];
                continue;
            }

            var part = Math.Min(chunk.Length, PreludeBytes - _preludeLength);
            chunk[..part].CopyTo(_prelude.AsSpan(_preludeLength));
            _preludeLength += part;
            chunk = chunk[part..];
            if (_preludeLength == PreludeBytes)
            {
                BeginFrame();
            }
        }
    }

    private void BeginFrame()
    {
        _preludeLength = 0;
        long total = BinaryPrimitives.ReadUInt32BigEndian(_prelude);
        long headers = BinaryPrimitives.ReadUInt32BigEndian(_prelude.AsSpan(4));
        var payload = total - headers - PreludeBytes - ChecksumBytes;
        if (payload < 0)
        {
            _framing = UsageFraming.Json; // no frame: nothing is found from here on, and the answer is refused elsewhere
            return;
        }

        _payload = payload;
        _toSkip = payload == 0 ? headers + ChecksumBytes : headers;
    }

    private void ReadCarried(ReadOnlySpan<byte> json)
    {
        _carried.Write(json);
        _carried.Reset();
    }
}
