using System.ComponentModel;
using System.Runtime.InteropServices;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>
/// Calls of the kernel that lead out of namespaces, forbidden to this process and all that it starts (seccomp(2)):
/// <list type="bullet">
/// <item>typing into the terminal that the command shares with the user's shell, which would run it once the command has ended (TIOCSTI, TIOCLINUX);</item>
/// <item>sockets to the machine that this one is a guest of: they belong to no network namespace (vsock(7));</item>
/// <item>rings of calls, which are made past this filter (io_uring(7)), and calls of other architectures, whose numbers it does not know.</item>
/// </list>
/// </summary>
internal static class CallFilter
{
    private const ulong SetFilterMode = 1;
    private const ulong OfAllThreads = 1;

    // struct seccomp_data; the lower half of an argument comes first on what we run on.
    private const uint Number = 0;
    private const uint Machine = 4;
    private const uint FirstArgument = 16;
    private const uint SecondArgument = 24;

    private const uint Allow = 0x7FFF0000;
    private const uint FailWith = 0x00050000;
    private const uint NotPermitted = 1;
    private const uint NoSuchCall = 38;
    private const uint NoSuchFamily = 97;

    private const uint TypeIntoTerminal = 0x5412;
    private const uint ControlConsole = 0x541C;
    private const uint FamilyOfHosts = 40;
    private const uint OtherNumbers = 0x40000000; // x32

    // The same numbers everywhere: io_uring_setup, io_uring_enter, io_uring_register.
    private const uint FirstOfRings = 425;
    private const uint LastOfRings = 427;

    private const ushort Load = 0x20;
    private const ushort IfEqual = 0x15;
    private const ushort IfGreater = 0x25;
    private const ushort IfAtLeast = 0x35;
    private const ushort Return = 0x06;

    /// <summary>Puts the filter in force, for good.</summary>
    public static void Apply()
    {
        var (machine, calls) = RuntimeInformation.ProcessArchitecture switch
        {
            Architecture.X64 => (0xC000003E, new Calls(Filter: 317, Control: 16, Socket: 41)),
            Architecture.Arm64 => (0xC00000B7, new Calls(Filter: 277, Control: 29, Socket: 198)),
            var other => throw new IOException($"--lock does not know the kernel's calls on {other}"),
        };
        var program = Program(machine, calls);
        var held = GCHandle.Alloc(program, GCHandleType.Pinned);
        try
        {
            var described = new Description { Length = (ushort)program.Length, Program = held.AddrOfPinnedObject() };
            if (Native.Call(calls.Filter, SetFilterMode, OfAllThreads, ref described) != 0)
            {
                throw new IOException($"filtering the kernel's calls failed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
            }
        }
        finally
        {
            held.Free();
        }
    }

    private static Step[] Program(uint machine, Calls calls) =>
    [
        new(Load, 0, 0, Machine),
        new(IfEqual, 1, 0, machine),
        new(Return, 0, 0, FailWith | NoSuchCall),
        new(Load, 0, 0, Number),
        new(IfAtLeast, 11, 0, OtherNumbers),
        new(IfEqual, 3, 0, (uint)calls.Control),
        new(IfEqual, 6, 0, (uint)calls.Socket),
        new(IfAtLeast, 0, 7, FirstOfRings),
        new(IfGreater, 6, 7, LastOfRings),
        new(Load, 0, 0, SecondArgument),
        new(IfEqual, 1, 0, TypeIntoTerminal),
        new(IfEqual, 0, 3, ControlConsole),
        new(Return, 0, 0, FailWith | NotPermitted),
        new(Load, 0, 0, FirstArgument),
        new(IfEqual, 2, 0, FamilyOfHosts),
        new(Return, 0, 0, Allow),
        new(Return, 0, 0, FailWith | NoSuchCall),
        new(Return, 0, 0, FailWith | NoSuchFamily),
    ];

    private readonly record struct Calls(long Filter, long Control, long Socket);

    // struct sock_filter
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Step(ushort Code, byte IfTrue, byte IfFalse, uint Value);

    // struct sock_fprog
    [StructLayout(LayoutKind.Sequential)]
    private struct Description
    {
        public ushort Length;
        public nint Program;
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "syscall", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern long Call(long number, ulong mode, ulong flags, ref Description program);
    }
}
