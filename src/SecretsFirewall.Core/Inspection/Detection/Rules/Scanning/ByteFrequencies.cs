using System.Collections.Frozen;
using System.Numerics;
using System.Text;

namespace SecretsFirewall.Inspection.Detection.Rules.Scanning;

/// <summary>
/// How often each ASCII byte stands in ordinary source code, prose and JSON: per 4,000 bytes, at least 1, at most 255. Measured over 12 MB of
/// Python, C#, JavaScript and Markdown. It decides which bytes of a literal are looked for; a poor guess costs time, never a finding.
/// </summary>
internal static class ByteFrequencies
{
    private const double Total = 4000;

    private const double LeastHitsOfFrequent = 100;

    private static ReadOnlySpan<byte> Counts =>
    [
        1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 112, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
        255, 1, 50, 10, 1, 3, 1, 100, 43, 43, 5, 5, 84, 21, 43, 5, 23, 11, 8, 4, 3, 4, 4, 3, 4, 3, 30, 1, 2, 21, 4, 3,
        1, 10, 4, 10, 7, 14, 7, 4, 3, 9, 1, 2, 9, 7, 12, 8, 9, 1, 9, 12, 13, 6, 3, 3, 2, 1, 1, 11, 17, 11, 1, 63,
        7, 138, 30, 72, 72, 255, 60, 38, 42, 141, 4, 16, 101, 56, 134, 129, 69, 4, 154, 144, 176, 60, 17, 17, 21, 29, 3, 3, 7, 3, 3, 1,
    ];

    // Of the four bytes that stand in names of secrets, those that stand in ordinary text more than 40 times a megabyte, letters in either case.
    private const string Frequent =
        "tion ment ptio sion atio port ctio data word cont with code oper ents inte atch oken nter init toke pack ault trib mber cons onal scri umbe "
        + "numb base acka ckag ion_ crip ript istr dent pres icat http ning acti conf cati _pat mark ifie _con ress enti sign ing_ tter ende entr user "
        + "cess _ini meta ata_ ndex _key asse writ rite root lice open .app join aria conn ntry ense trac auth ture serv pass tifi test ent_ ndle icen "
        + "ame_ cens over _com ence essi here ssio iden ate_ orte .com onne deco nnec nect alle erve ipti plic ord. igna ctiv logg ount keys ontr _pro "
        + "tial n_to sent ente evel ream utho node face thor stem coun ter_ ion: ttps proj nary ntif atur est_ llba syst yste _tok uffe appl work host "
        + "ble_ stra acce s:// tps: ps:/ ient terp lica next prox .dis scal t_pa e_pa ppli _rep fied curs roxy age_ repo t_re ult_ ogge ible emai tatt "
        + "cces e.co ttp: ect. econ gram edit sess cial ser_ lity gres flow natu rver ilit ess_ cord nal_ ent- decl gnat post send eck_ tree ecur algo "
        + "less bili sock _ent et_s lien rter key_ clie gist _num ivat page cann cryp rypt sses ster seri roll rity ure_ _bas scan subs mail eria on_i "
        + "umer vate ager sibl pers site aint nage cale ithu thub gith com/ ar_t basi asic ound sync cate itte loca riva ific abil priv asyn ntri ocal "
        + "redi fica ecre ices secr erti cret napi disc edis rodu oduc thre api_ .log tabi oney prod same shar epor hare gent cert hook ntia core wall "
        + "rial mate agen push stab nnin deve odec cove _ope vice velo elop ecom roun ared very duct zati izat secu _loc audi ooks ervi uent ";

    private const string FrequentWithBlanks = "ted ,ith ,e is,ed b,d by, key,on: , sec,ass ,ied ,ase , pas,ial , was,se i, bas,d wa,al s,ed p,d is,api ,ord ";

    private static readonly FrozenSet<uint> FrequentKeys =
        Frequent.Split(' ', StringSplitOptions.RemoveEmptyEntries).Concat(FrequentWithBlanks.Split(',')).Select(word => Fingerprint.KeyOf(Encoding.ASCII.GetBytes(word))).ToFrozenSet();

    /// <summary>The least share of positions where a fingerprint stands that is known to be frequent; 0 of any other.</summary>
    public static double LeastOf(uint key) => FrequentKeys.Contains(key) ? LeastHitsOfFrequent / 1e6 : 0;

    /// <summary>The share of one byte.</summary>
    public static double OfByte(byte b) => b < Counts.Length ? Counts[b] / Total : 0;

    /// <summary>The share of bytes whose low six bits are in the set.</summary>
    public static double Of(ulong set)
    {
        var sum = 0;
        for (; set != 0; set &= set - 1)
        {
            var low = BitOperations.TrailingZeroCount(set);
            sum += Counts[low] + Counts[low + 64];
        }

        return sum / Total;
    }
}
