namespace SecretsFirewall.Cli.Bench.Client;

/// <summary>Takes the chunk framing (RFC 9112 section 7.1) off a response body, however it is split over reads.</summary>
internal sealed class ChunkedBody
{
    private State _state;
    private long _left;

    private enum State
    {
        Size = 0,
        Extension,
        Data,
        AfterData,
        Trailer,
        TrailerLine,
        Done,
    }

    public bool IsDone => _state == State.Done;

    /// <summary>Hands the data within <paramref name="input"/> on; returns how much of the input it used.</summary>
    public int Read(ReadOnlySpan<byte> input, Action<ReadOnlySpan<byte>> onData)
    {
        var at = 0;
        while (at < input.Length && _state != State.Done)
        {
            if (_state == State.Data)
            {
                var count = (int)Math.Min(_left, input.Length - at);
                onData(input.Slice(at, count));
                at += count;
                _left -= count;
                _state = _left == 0 ? State.AfterData : State.Data;
            }
            else
            {
                _state = Step(input[at++]);
            }
        }

        return at;
    }

    private State Step(byte b) => (_state, b) switch
    {
        (State.Size or State.Extension, (byte)'\n') => _left == 0 ? State.Trailer : State.Data,
        (State.Size, (byte)';') => State.Extension,
        (State.Size, (byte)'\r') => State.Size,
        (State.Size, _) => AddDigit(b),
        (State.AfterData, (byte)'\n') => State.Size,
        (State.Trailer, (byte)'\n') => State.Done,
        (State.Trailer, (byte)'\r') => State.Trailer,
        (State.Trailer, _) => State.TrailerLine,
        (State.TrailerLine, (byte)'\n') => State.Trailer,
        _ => _state,
    };

    private State AddDigit(byte b)
    {
        _left = (_left << 4) | (uint)Convert.ToInt32(((char)b).ToString(), 16);
        return State.Size;
    }
}
