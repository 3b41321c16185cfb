namespace SecretsFirewall.Inspection.Git;

/// <summary>
/// The instructions of a delta (gitformat-pack, "deltified representation"), in any pieces: size of the base, size of the result, then
/// copies from the base and bytes to insert.
/// </summary>
internal sealed class DeltaReader
{
    // What a copy of length zero means.
    private const int FullCopy = 0x10000;

    private Phase _phase;
    private int _shift;
    private byte _command;
    private int _field;
    private int _left;

    private enum Phase
    {
        BaseSize = 0,
        ResultSize,
        Command,
        CopyFields,
        Insert,
        Malformed,
    }

    public long BaseSize { get; private set; }

    public long ResultSize { get; private set; }

    /// <summary>Of the last copy: where it begins in the base.</summary>
    public long CopyFrom { get; private set; }

    public int CopyLength { get; private set; }

    /// <summary>How much of the result the instructions so far give.</summary>
    public long Produced { get; private set; }

    /// <summary>True if the delta may end here: its instructions gave all of the result.</summary>
    public bool IsComplete => _phase is Phase.Command && Produced == ResultSize;

    public void Reset() => (_phase, _shift, _field, BaseSize, ResultSize, Produced) = (Phase.BaseSize, 0, 0, 0, 0, 0);

    /// <param name="inserted">After <see cref="DeltaEvent.Insert"/>, the bytes; one insert may come in pieces.</param>
    public DeltaEvent Next(ref ReadOnlySpan<byte> input, out ReadOnlySpan<byte> inserted)
    {
        inserted = default;
        while (_phase is not Phase.Malformed)
        {
            if (_phase is Phase.CopyFields && NextField() is var next && next < 0)
            {
                return EndCopy();
            }

            if (input.IsEmpty)
            {
                return DeltaEvent.NeedInput;
            }

            if (_phase is Phase.Insert)
            {
                inserted = input[..Math.Min(_left, input.Length)];
                input = input[inserted.Length..];
                _left -= inserted.Length;
                Produced += inserted.Length;
                _phase = _left == 0 ? Phase.Command : Phase.Insert;
                return Produced <= ResultSize ? DeltaEvent.Insert : Fail();
            }

            var one = input[0];
            input = input[1..];
            switch (_phase)
            {
                case Phase.BaseSize or Phase.ResultSize:
                    if (ReadSize(one) is { } result)
                    {
                        return result;
                    }

                    break;
                case Phase.CopyFields:
                    TakeField(one);
                    break;
                default:
                    if (one == 0)
                    {
                        return Fail(); // reserved
                    }

                    (_command, _field, _left) = (one, 0, one);
                    (CopyFrom, CopyLength) = (0, 0);
                    _phase = (one & 0x80) != 0 ? Phase.CopyFields : Phase.Insert;
                    break;
            }
        }

        return DeltaEvent.Malformed;
    }

    private DeltaEvent? ReadSize(byte one)
    {
        if (_shift > 55)
        {
            return Fail();
        }

        var part = (long)(one & 0x7F) << _shift;
        _shift += 7;
        var isLast = (one & 0x80) == 0;
        _shift = isLast ? 0 : _shift;
        if (_phase is Phase.BaseSize)
        {
            BaseSize |= part;
            _phase = isLast ? Phase.ResultSize : _phase;
            return null;
        }

        ResultSize |= part;
        _phase = isLast ? Phase.Command : _phase;
        return isLast ? DeltaEvent.Sizes : null;
    }

    // Bits 0 to 3 of the command say which bytes of the offset follow, 4 to 6 which of the length.
    private int NextField()
    {
        while (_field < 7 && (_command & (1 << _field)) == 0)
        {
            _field++;
        }

        return _field < 7 ? _field : -1;
    }

    private void TakeField(byte one)
    {
        if (_field < 4)
        {
            CopyFrom |= (long)one << (8 * _field);
        }
        else
        {
            CopyLength |= one << (8 * (_field - 4));
        }

        _field++;
    }

    private DeltaEvent EndCopy()
    {
        CopyLength = CopyLength == 0 ? FullCopy : CopyLength;
        Produced += CopyLength;
        _phase = Phase.Command;
        return CopyFrom + CopyLength <= BaseSize && Produced <= ResultSize ? DeltaEvent.Copy : Fail();
    }

    private DeltaEvent Fail()
    {
        _phase = Phase.Malformed;
        return DeltaEvent.Malformed;
    }
}
