using System.Buffers;

namespace SecretsFirewall.Protocols.ToolCalls;

/// <summary>An answer of one JSON text a line, as Ollama streams. Its calls are not decided yet, so that a line which may hold one ends it.</summary>
internal sealed class LinesGate(int maxHeldBytes) : BodyGate(maxHeldBytes)
{
    private readonly TrafficBytes _line = new();

    public override ToolGateStop Write(ReadOnlySpan<byte> chunk, IBufferWriter<byte> output)
    {
        while (!chunk.IsEmpty)
        {
            var length = chunk.IndexOf((byte)'\n');
            var taken = length < 0 ? chunk.Length : length + 1;
            if (_line.Count + taken > MaxHeldBytes)
            {
                return ToolGateStop.TooMuchHeld;
            }

            _line.Append(chunk[..taken]);
            chunk = chunk[taken..];
            if (length >= 0 && Complete(output) is not ToolGateStop.None and var stop)
            {
                return stop;
            }
        }

        return ToolGateStop.None;
    }

    public override ToolGateStop Complete(IBufferWriter<byte> output)
    {
        if (!_line.Written.Span.Trim(" \t\r\n"u8).IsEmpty)
        {
            if (JsonTree.Read(_line.Written) is not { } tree)
            {
                return ToolGateStop.NotStrictJson;
            }

            if (CallMarks.AnyOutside(tree, 0, []))
            {
                return ToolGateStop.UnknownShape;
            }
        }

        output.Write(_line.Written.Span);
        _line.Dispose();
        return ToolGateStop.None;
    }

    public override void Dispose() => _line.Dispose();
}
