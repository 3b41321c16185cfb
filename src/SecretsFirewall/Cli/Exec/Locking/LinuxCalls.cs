using System.ComponentModel;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace SecretsFirewall.Cli.Exec.Locking;

/// <summary>The calls that the base library has not: mounts (mount(2)) and the loopback interface (netdevice(7)).</summary>
internal static class LinuxCalls
{
    private const ulong NoSetUserId = 2;
    private const ulong NoDevices = 4;
    private const ulong Bind = 4096;
    private const ulong Recursive = 16384;

    private const int OpenPath = 0x200000;
    private const int OpenCloseOnExec = 0x80000;

    private const ulong GetInterfaceFlags = 0x8913;
    private const ulong SetInterfaceFlags = 0x8914;
    private const byte Up = 1;
    private const int FlagsOffset = 16; // behind the name, struct ifreq
    private const int RequestBytes = 40;

    /// <summary>Mounts an empty file system in memory.</summary>
    /// <param name="mode">Octal, as in <c>0700</c>.</param>
    public static void MountFresh(string target, string mode) =>
        Check(Native.Mount(Text("tmpfs"), Text(target), Text("tmpfs"), NoSetUserId | NoDevices, Text($"mode={mode}")), $"mounting a fresh {target}");

    /// <summary>Shows at <paramref name="target"/> what is at <paramref name="source"/>.</summary>
    public static void MountBind(string source, string target) =>
        Check(Native.Mount(Text(source), Text(target), null, Bind | Recursive, null), $"mounting {target}");

    /// <summary>Holds on to a file or directory whatever is mounted over it later. The descriptor ends with this process.</summary>
    public static int Hold(string path)
    {
        var descriptor = Native.Open(Text(path), OpenPath | OpenCloseOnExec);
        Check(descriptor, $"opening {path}");
        return descriptor;
    }

    /// <summary>A new network namespace has a loopback interface that is down.</summary>
    public static void BringLoopbackUp()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        var request = new byte[RequestBytes];
        Text("lo").CopyTo(request, 0);
        var handle = (int)socket.Handle;
        Check(Native.Control(handle, GetInterfaceFlags, request), "reading the loopback interface");
        request[FlagsOffset] |= Up;
        Check(Native.Control(handle, SetInterfaceFlags, request), "bringing the loopback interface up");
    }

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text + '\0');

    private static void Check(int result, string what)
    {
        if (result < 0)
        {
            throw new IOException($"{what} failed: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");
        }
    }

    private static class Native
    {
        [DllImport("libc", EntryPoint = "mount", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Mount(byte[] source, byte[] target, byte[]? type, ulong flags, byte[]? data);

        [DllImport("libc", EntryPoint = "open", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Open(byte[] path, int flags);

        [DllImport("libc", EntryPoint = "ioctl", SetLastError = true)]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        internal static extern int Control(int descriptor, ulong request, byte[] argument);
    }
}
