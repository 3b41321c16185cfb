using System.Collections.Frozen;

namespace SecretsFirewall.Vault;

/// <summary>What people choose: common words of passwords and placeholders, rows of the keyboard, and the letter pairs of English. Pure data and its tests.</summary>
internal static class CommonText
{
    public const int LongestWord = 12;

    // From the heads of the published lists of leaked passwords, and what stands in templates of configuration files.
    private static readonly FrozenSet<string> Words = """
        password passwd pass passwort passphrase secret secrets token tokens apikey api key keys auth bearer login admin administrator root
        user users username guest test testing tester demo example sample default changeme change placeholder dummy fake mock todo none null
        undefined insert replace your yours my the here this value example123 foobar foo bar baz qux hello world welcome letmein iloveyou love
        monkey dragon master shadow sunshine princess football baseball basketball hockey soccer superman batman starwars trustno access
        flower hunter ranger jordan michael jennifer thomas charlie daniel robert andrew ashley jessica amanda matthew joshua michelle
        summer winter spring autumn january february march april june july august september october november december monday tuesday
        wednesday thursday friday saturday sunday google github gitlab amazon azure openai anthropic slack stripe company internal external
        production prod staging stage development dev local localhost server service database postgres mysql redis mongo private public
        client account system network computer internet windows linux macbook apple orange banana cheese coffee pepper ginger cookie purple
        yellow green silver golden diamond freedom whatever nothing killer money lucky happy angel family friend forever jesus christ
        correct horse battery staple qazwsx zaq xsw abc xyz new old first last temp tmp
        """.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static readonly FrozenSet<string>.AlternateLookup<ReadOnlySpan<char>> WordLookup = Words.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly string[] KeyboardRows =
    [
        "`1234567890-=", "qwertyuiop[]\\", "asdfghjkl;'", "zxcvbnm,./", "~!@#$%^&*()_+", "qwertzuiop", "azertyuiop",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujmikolp", "zaq12wsxcde34rfvbgt56yhnmju78ik,lo90p;/", "qweasdzxc", "q1w2e3r4t5y6u7i8o9p0", "1q2w3e4r5t6y7u8i9o0p",
    ];

    // The commonest pairs of English text (Norvig, English Letter Frequency Counts, 2012): some two thirds of it, and with the next ones nine tenths.
    private static readonly FrozenSet<int> Pairs = PairsOf("""
        th he in er an re on at en nd ti es or te of ed is it al ar st to nt ng se ha as ou io le ve co me de hi ri ro ic ne ea ra ce li ch ll
        be ma si om ur ca el ta la ns di fo ho pe ec pr no ct us ac ot il tr ly nc et ut ss so rs un lo wa ge ie wh ee wi em ad ol rt po we na
        ul ni ts mo ow pa im mi ai sh ir su id os iv ia am fi ci vi pl ig tu ev ld ry mp fe bl ab gh ty op wo sa ay ex ke fr oo av ag if ap gr
        """);

    private static readonly FrozenSet<int> RarerPairs = PairsOf("""
        od bo sp rd do uc bu ei ov by rm ep tt oc fa ef cu rn sc gi da yo cr cl du ga qu ue ff ba ey ls va um pp ua up lu go ht ru ug ds lt pi
        rc rr eg au ck ew mu br bi pt ak pu ui rg ib tl ny ki rk ys ob mm fu ph og ms ye ud mb ip ub oi rl gu dr hr cc tw ft wn nu af hu nn eo vo
        """);

    /// <summary>A word of the list in any case, also with the usual digits and signs for letters.</summary>
    public static bool IsWord(ReadOnlySpan<byte> part)
    {
        if (part.Length > LongestWord)
        {
            return false;
        }

        Span<char> plain = stackalloc char[LongestWord];
        Span<char> spelled = stackalloc char[LongestWord];
        for (var i = 0; i < part.Length; i++)
        {
            plain[i] = char.ToLowerInvariant((char)part[i]);
            spelled[i] = Letter(plain[i]);
        }

        var known = WordLookup.Contains(plain[..part.Length]) || WordLookup.Contains(spelled[..part.Length]);
        plain.Clear();
        spelled.Clear();
        return known;
    }

    /// <summary>Neighbours on the keyboard, in either direction.</summary>
    public static bool IsKeyboardRun(ReadOnlySpan<byte> part)
    {
        foreach (var row in KeyboardRows)
        {
            if (part.Length <= row.Length && (IsWithin(part, row, backward: false) || IsWithin(part, row, backward: true)))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>All letters, in the case of a word: lower, upper, or capitalised.</summary>
    public static bool HasCaseOfWord(ReadOnlySpan<byte> part)
    {
        var isUpper = part.Length > 1 && char.IsAsciiLetterUpper((char)part[1]);
        for (var i = 0; i < part.Length; i++)
        {
            var c = (char)part[i];
            if (!char.IsAsciiLetter(c) || (i > 0 && char.IsAsciiLetterUpper(c) != isUpper))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Letters of which at least five pairs in six are common in English. Of seven random letters one in some hundred passes for it, of
    /// fourteen one in some ten thousand; with the rarer pairs, one in some hundred of ten and one in a thousand of fourteen.
    /// </summary>
    public static bool ReadsLikeEnglish(ReadOnlySpan<byte> letters, bool withRarerPairs)
    {
        var common = 0;
        for (var i = 1; i < letters.Length; i++)
        {
            var pair = PairKey((char)letters[i - 1], (char)letters[i]);
            common += Pairs.Contains(pair) || (withRarerPairs && RarerPairs.Contains(pair)) ? 1 : 0;
        }

        return common * 6 >= (letters.Length - 1) * 5;
    }

    private static FrozenSet<int> PairsOf(string text) =>
        text.Split([' ', '\n', '\r'], StringSplitOptions.RemoveEmptyEntries).Select(static p => PairKey(p[0], p[1])).ToFrozenSet();

    private static int PairKey(char first, char second) => ((first | 0x20) << 8) | (second | 0x20);

    private static bool IsWithin(ReadOnlySpan<byte> part, string row, bool backward)
    {
        for (var start = 0; start + part.Length <= row.Length; start++)
        {
            var i = 0;
            while (i < part.Length && row[start + i] == char.ToLowerInvariant((char)part[backward ? part.Length - 1 - i : i]))
            {
                i++;
            }

            if (i == part.Length)
            {
                return true;
            }
        }

        return false;
    }

    private static char Letter(char c) => c switch
    {
        '0' => 'o',
        '1' or '!' => 'i',
        '3' => 'e',
        '4' or '@' => 'a',
        '5' or '$' => 's',
        '7' => 't',
        _ => c,
    };
}
